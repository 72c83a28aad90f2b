"""What congressional intake expects of a message, checked by hand: element by element, without Postbag's own rules.

The chambers do not run Postbag's code, so a check that shared its tables would agree with them even when both are wrong. The
rows below are written from the public facts of CWC 2.0 and SCWC. What fails is named by its element and never quoted.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NoReturn
from xml.parsers import expat

Chamber = Literal["house", "senate"]

_STATE: Final = (
    "A[LKZRS]|C[AOT]|D[CE]|FL|G[AU]|HI|I[DLNA]|K[SY]|LA|M[EDAINSOTP]|N[EVHJMYCD]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[TAI]"
    "|W[AVIY]"
)
_PHONE: Final = r"[0-9]{3}-[0-9]{3}-[0-9]{4}"
_EMAIL: Final = r"[!-?A-~]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_TEXT: Final = r"(?s:.{6,10000})"

_TOPICS: Final = frozenset({
    "Agriculture and Food", "Animals", "Armed Forces and National Security", "Arts, Culture, Religion",
    "Civil Rights and Liberties, Minority Issues", "Commerce", "Congress", "Crime and Law Enforcement",
    "Economics and Public Finance", "Education", "Emergency Management", "Energy", "Environmental Protection", "Families",
    "Finance and Financial Sector", "Foreign Trade and International Finance", "Government Operations and Politics",
    "Health", "Housing and Community Development", "Immigration", "International Affairs", "Labor and Employment", "Law",
    "Native Americans", "Public Lands and Natural Resources", "Science, Technology, Communications",
    "Social Sciences and History", "Social Welfare", "Sports and Recreation", "Taxation",
    "Transportation and Public Works", "Water Resources Development",
})  # fmt: skip


def _long(least: int) -> str:
    return rf"(?s:.{{{least},500}})"


_REQUIRED: Final = {
    "CWCVersion": r"2\.0", "Delivery": "", "Recipient": "", "Constituent": "", "Message": "",
    "Delivery/DeliveryId": r"[a-zA-Z0-9]{32}", "Delivery/DeliveryDate": r"[0-9]{8}", "Delivery/DeliveryAgent": _long(4),
    "Delivery/DeliveryAgentAckEmailAddress": _EMAIL, "Delivery/DeliveryAgentContact": "",
    "Delivery/DeliveryAgentContact/DeliveryAgentContactName": _long(6),
    "Delivery/DeliveryAgentContact/DeliveryAgentContactEmail": _EMAIL,
    "Delivery/DeliveryAgentContact/DeliveryAgentContactPhone": _PHONE,
    "Delivery/CampaignId": _long(2), "Recipient/MemberOffice": rf"H(?:{_STATE})[0-9]{{2}}",
    "Constituent/Prefix": _long(1), "Constituent/FirstName": _long(1), "Constituent/LastName": _long(1),
    "Constituent/Address1": _long(3), "Constituent/City": _long(3), "Constituent/StateAbbreviation": _STATE,
    "Constituent/Zip": "[0-9]{5}(?:-[0-9]{4})?", "Constituent/Email": _EMAIL, "Message/Subject": _long(6),
    "Message/LibraryOfCongressTopics": "", "Message/LibraryOfCongressTopics/LibraryOfCongressTopic": _long(3),
    "Message/Bills/Bill/BillCongress": "[1-9][0-9]*", "Message/Bills/Bill/BillNumber": "[1-9][0-9]*",
    "Message/Bills/Bill/BillTypeAbbreviation": "(?:h|s)(?:r|res|jres|conres|amdt)(?<!sr)|s",
}  # fmt: skip
"""The pattern of each element's whole text; an empty one is of an element that holds elements."""

_OPTIONAL: Final = {
    "Delivery/Organization": _long(6), "Delivery/OrganizationContact": "", "Delivery/OrganizationAbout": _long(6),
    "Delivery/OrganizationContact/OrganizationContactName": _long(2),
    "Delivery/OrganizationContact/OrganizationContactEmail": _EMAIL,
    "Delivery/OrganizationContact/OrganizationContactPhone": _PHONE,
    "Recipient/IsResponseRequested": "Y|N", "Recipient/NewsletterOptIn": "Y|N", "Constituent/MiddleName": _long(1),
    "Constituent/Suffix": _long(1), "Constituent/Title": _long(1), "Constituent/ConstituentOrganization": _long(3),
    "Constituent/Address2": _long(3), "Constituent/Address3": _long(3), "Constituent/Phone": _PHONE,
    "Constituent/AddressValidation": "Y|N", "Constituent/EmailValidation": "Y|N", "Message/Bills": "",
    "Message/Bills/Bill": "", "Message/ProOrCon": "Pro|Con", "Message/OrganizationStatement": _TEXT,
    "Message/ConstituentMessage": _TEXT, "Message/MoreInfo": r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+",
}  # fmt: skip

_OF_THE_SENATE: Final = {
    "Recipient/MemberOffice": rf"S(?:{_STATE})0[123]", "Constituent/Prefix": r"(?:Mr|Mrs|Ms|Dr)\.|Miss",
    "Delivery/Organization": _long(3), "Constituent/ConstituentOrganization": _long(2), "Constituent/Address2": _long(2),
    "Message/Bills/Bill/BillTypeAbbreviation":
        r"H\.(?:R\.|Res\.|J\.Res\.|Con\.Res|Amdt\.)|S\.(?:(?:J\.|Con\.)?Res\.|Amdt\.)?",
}  # fmt: skip

_REPEATED: Final = ("Message/LibraryOfCongressTopics/LibraryOfCongressTopic", "Message/Bills/Bill")
_GROUP: Final = re.compile("")
_PARTS: Final = ["CWCVersion", "Delivery", "Recipient", "Constituent", "Message"]
_RULES: Final = {
    "house": {path: re.compile(text) for path, text in (_REQUIRED | _OPTIONAL).items()},
    "senate": {path: re.compile(text) for path, text in (_REQUIRED | _OPTIONAL | _OF_THE_SENATE).items()},
}


@dataclass(slots=True)
class _Element:
    path: str
    text: str = ""
    inside: list[_Element] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Checked:
    """A message: its id and office, empty where there is none, and what is wrong with it, by element."""

    delivery_id: str
    office: str
    errors: tuple[str, ...]


class _NotXml(ValueError):
    """The message is what the sender is told."""


def check(raw: bytes, chamber: Chamber) -> Checked:
    """Hold a message against the format's rules."""
    try:
        root = _parse(raw)
    except _NotXml as wrong:
        return Checked("", "", (str(wrong),))
    values: dict[str, str] = {}
    errors = list(_faults(root, _RULES[chamber], values))
    if [one.path for one in root.inside] != _PARTS:
        errors.append("CWC: the parts are not those of the format, or not in their order")
    return Checked(values.get("Delivery/DeliveryId", ""), values.get("Recipient/MemberOffice", ""), tuple(errors))


def _faults(at: _Element, rules: dict[str, re.Pattern[str]], values: dict[str, str]) -> list[str]:
    errors = []
    counts = Counter(one.path for one in at.inside)
    if at.path and at.path not in rules:
        return [f"{at.path.split('/')[0]}: an element that the format does not have"]
    rule = rules[at.path] if at.path else _GROUP
    if rule.pattern and (at.inside or not rule.fullmatch(at.text)):
        errors.append(f"{at.path}: not as the format has it")
    if not rule.pattern and (at.text.strip() or not at.inside):
        errors.append(f"{at.path or 'CWC'}: text between elements, or no elements")
    missing = (path for path in _REQUIRED if path.rpartition("/")[0] == at.path and not counts[path])
    errors += [f"{path}: missing" for path in missing]
    errors += [f"{path}: more than once" for path, count in counts.items() if count > 1 and path not in _REPEATED]
    errors += _special(at, [one.path for one in at.inside])
    values.setdefault(at.path, at.text)
    for one in at.inside:
        errors += _faults(one, rules, values)
    return errors


def _special(at: _Element, inside: list[str]) -> list[str]:
    if at.path == "Message":
        both = [path for path in inside if path in ("Message/OrganizationStatement", "Message/ConstituentMessage")]
        if not both:
            return ["Message: neither OrganizationStatement nor ConstituentMessage"]
        if both[0] != "Message/OrganizationStatement" and len(both) > 1:
            return ["Message/ConstituentMessage: stands before OrganizationStatement"]
    if at.path == "Message/LibraryOfCongressTopics/LibraryOfCongressTopic" and at.text not in _TOPICS:
        return [f"{at.path}: not one of the topics"]
    if at.path == "Delivery/DeliveryDate":
        try:
            datetime.strptime(at.text, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return [f"{at.path}: no such day"]
    return []


def _parse(raw: bytes) -> _Element:
    """The document below ``CWC``. Raises _NotXml."""
    stack: list[_Element] = []
    done: list[_Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if attributes or ":" in name:
            raise _NotXml("CWC: an attribute or a namespace")
        if not stack and name != "CWC":
            raise _NotXml("CWC: is not the outermost element")
        below = _Element(f"{stack[-1].path}/{name}".lstrip("/") if stack else "")
        if stack:
            stack[-1].inside.append(below)
        stack.append(below)

    def text(piece: str) -> None:
        stack[-1].text += piece

    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: done.append(stack.pop())
    parser.CharacterDataHandler = text
    try:
        parser.Parse(raw, True)
    except expat.ExpatError:
        raise _NotXml("CWC: not XML in UTF-8") from None
    return done[-1]


def _no_doctype(*_: object) -> NoReturn:
    raise _NotXml("CWC: a document type")
