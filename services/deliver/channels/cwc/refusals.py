"""What an intake's HTTP answer means, and which rule a refused message breaks, as a code and never in the intake's own words.

An answer of 400 lists its reasons in ``<Errors><Error>…</Error></Errors>``, and such a text can quote what somebody wrote. It
is looked through for words that are known (``SIGNS`` and the names of elements), and then thrown away.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.deliver.answers import Answer, of_cwc, of_failure, of_local
from services.deliver.channels.cwc.plain_xml import NotPlainXml, texts

if TYPE_CHECKING:
    from services.deliver.channels.cwc.intake import Said

BROKEN: Final = "rules_broken"
SEEN: Final = "cwc_delivery_id_seen"
INACTIVE: Final = "office_inactive"
NOT_AUTHORIZED: Final = "not_authorized"
NOT_VALID: Final = of_local("not_valid")
NOT_VALIDATED: Final = of_local("not_validated")

SIGNS: Final = (
    (NOT_AUTHORIZED, re.compile(r"\bapi.?key\b|\bnot (?:an )?authori[sz]ed\b|\bunauthori[sz]ed\b", re.IGNORECASE)),
    (SEEN, re.compile(r"\bdelivery.?id\b.*\b(?:duplicate|already|exists|not unique)\b"
                      r"|\b(?:duplicate|already|existing)\b.*\bdelivery.?id\b", re.IGNORECASE)),
    (INACTIVE, re.compile(r"\boffice\b.*\b(?:inactive|not (?:active|participating|taking part|accepting)"
                                 r"|does not (?:participate|accept|take part))\b", re.IGNORECASE)),
)  # fmt: skip
"""What an error's text says beside naming an element, the more telling first."""

ELEMENTS: Final = (
    "CWCVersion", "DeliveryId", "DeliveryDate", "DeliveryAgent", "DeliveryAgentAckEmailAddress", "DeliveryAgentContact",
    "DeliveryAgentContactName", "DeliveryAgentContactEmail", "DeliveryAgentContactPhone", "CampaignId", "Organization",
    "OrganizationContact", "OrganizationContactName", "OrganizationContactEmail", "OrganizationContactPhone",
    "OrganizationAbout", "MemberOffice", "IsResponseRequested", "NewsletterOptIn", "Prefix", "FirstName", "MiddleName",
    "LastName", "Suffix", "Title", "ConstituentOrganization", "Address1", "Address2", "Address3", "City",
    "StateAbbreviation", "Zip", "Phone", "AddressValidation", "Email", "EmailValidation", "Subject",
    "LibraryOfCongressTopics", "LibraryOfCongressTopic", "Bills", "Bill", "BillCongress", "BillTypeAbbreviation",
    "BillNumber", "ProOrCon", "OrganizationStatement", "ConstituentMessage", "MoreInfo",
)  # fmt: skip
"""The format's elements below its parts."""


def _code(element: str) -> str:
    """``cwc_address1`` of ``Address1``, ``cwc_delivery_id`` of ``DeliveryId``, ``cwc_version`` of ``CWCVersion``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", element).lower()
    return "cwc_" + words.removeprefix("cwc_")


_CODES: Final = {element: _code(element) for element in ELEMENTS}
_NAMED: Final = re.compile(rf"\b({'|'.join(ELEMENTS)})\b")
_QUOTED_NAME: Final = re.compile(rf"""["'`\u2018\u201c]({"|".join(ELEMENTS)})["'`\u2019\u201d]""")
_QUOTED: Final = re.compile(r"""(?<!\w)["'`\u2018\u201c].*["'`\u2019\u201d](?!\w)""", re.DOTALL)
"""From the first to the last mark: what is quoted is a value, and a person's words may have marks in them."""
_OF_TEXTS: Final = re.compile(r"\b(?:Subject|OrganizationStatement|ConstituentMessage)\b")
"""An error about one of these may repeat it without marks, and a letter may speak of keys and offices."""
_PAGE: Final = re.compile(
    rb"\s*+(?:\xef\xbb\xbf)?+(?:\s++|<\?[^>]*+>|<!--.*?-->)*+<(?:!doctype\s++html|html)\b", re.IGNORECASE | re.DOTALL
)
"""A page for people, whatever stands before it; possessive, so that a stranger's 64 KiB are looked through once."""
_LISTS_ERRORS: Final = (400, 422)
_MOST_TEXT: Final = 2000

REASONS: Final = frozenset({SEEN, *_CODES.values()})
"""Every reason that this module adds to those of the answer table: which rule a message breaks."""


def fault_in(body: bytes) -> str:
    """Which rule a refused message breaks, by the intake's list of errors: a code, ``rules_broken`` where none is known."""
    errors = [_QUOTED.sub("", _QUOTED_NAME.sub(r"\1", error[:_MOST_TEXT])) for error in _errors(body)]
    plain = [error for error in errors if not _OF_TEXTS.search(error)]
    for code, sign in SIGNS:
        if any(sign.search(error) for error in plain):
            return code
    named = next(filter(None, map(_NAMED.search, errors)), None)
    return _CODES[named[1]] if named else BROKEN


def _errors(body: bytes) -> list[str]:
    try:
        return [text for name, text in texts(body) if name == "Error" and text]
    except NotPlainXml:
        return []


def of_message(said: Said) -> Answer:
    """What the answer to a letter means.

    A page for people under a status of success comes from something in front of the intake, and a list of errors there
    contradicts it: nobody can tell. A key that is not taken is no fault of the letter's, whichever status says so.
    """
    if said.status in _LISTS_ERRORS:
        fault = fault_in(said.body)
        if fault == NOT_AUTHORIZED:
            return replace(of_cwc(403, said.retry_after), status=said.status)
        answer = replace(of_cwc(said.status, said.retry_after), reason=fault)
        return replace(answer, if_unsure="accepted") if fault == SEEN else answer
    if 200 <= said.status < 300 and (_PAGE.match(said.body) or _errors(said.body)):
        return replace(of_failure("bad_answer"), status=said.status)
    return of_cwc(said.status, said.retry_after)


def was_seen(said: Said) -> bool:
    """Whether the intake knows the letter's id already."""
    return said.status == 409 or (said.status in _LISTS_ERRORS and fault_in(said.body) == SEEN)


def of_validation(said: Said | Answer) -> Answer | None:
    """What the answer to a check means for the letter; None: it passed. Whatever came of the check, nothing was sent."""
    answer = said if isinstance(said, Answer) else of_message(said)
    if answer.verdict == "accepted" or answer.reason == SEEN:  # whether it was sent before is for the sending to tell
        return None
    if answer.verdict == "refused" and answer.status in _LISTS_ERRORS:
        return replace(NOT_VALID, status=answer.status)
    if answer.verdict in ("retry", "throttle"):
        return answer
    return replace(NOT_VALIDATED, status=answer.status, retry_after=answer.retry_after)
