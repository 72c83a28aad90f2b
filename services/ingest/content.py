"""A submission's content, normalised field by field: the one form in which a person travels on.

Each field is judged for itself, so that all faults are found at once. What comes out without a fault satisfies
``schemas.accepted``, and its fingerprint tells a submission that was sent again from another one under the same id.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final, NamedTuple

from schemas.submission import Submission
from services.ingest.address import state_code, zip_code
from services.ingest.codes import FaultCode, FlagCode, Refused
from services.ingest.evidence import NOTHING, Evidence, as_text, judge
from services.ingest.mail import mail_address
from services.ingest.phone import phone_number
from services.ingest.text import LINE_LIMIT, body, is_plain, line, mixes_scripts, reorders

NAME_LIMIT: Final = 100
"""Characters of a name or a city, as a reader counts them."""

MANY_LINKS: Final = 3
"""Links in a message that need no remark."""

_MIXABLE: Final = (
    ("constituent.first_name", NAME_LIMIT),
    ("constituent.last_name", NAME_LIMIT),
    ("constituent.address.city", NAME_LIMIT),
    ("constituent.email", LINE_LIMIT),
)
_LINES: Final = (
    *_MIXABLE,
    ("constituent.prefix", NAME_LIMIT),
    ("constituent.address.line1", LINE_LIMIT),
    ("constituent.address.line2", LINE_LIMIT),
    ("constituent.address.state", LINE_LIMIT),
    ("constituent.address.zip", LINE_LIMIT),
)
"""The fields of one line with their limits, in the order in which ``normalise`` takes them."""

Faults = dict[str, FaultCode]
"""What is wrong, by field path; the first thing that is found wrong with a field is the one to mend."""


class Fields(NamedTuple):
    """Normalised content, empty where there is none."""

    first_name: str
    last_name: str
    city: str
    email: str
    prefix: str
    line1: str
    line2: str
    state: str
    zip5: str
    plus4: str
    phone: str
    message: str

    def constituent(self, evidence: Evidence) -> dict[str, Any]:
        """As ``schemas.accepted.Constituent`` has it, without what is empty: events are smaller for it."""
        address: dict[str, Any] = {"line1": self.line1, "city": self.city, "zip5": self.zip5, **evidence}
        if self.line2:
            address["line2"] = self.line2
        if self.state:
            address["state"] = self.state
        if self.plus4:
            address["plus4"] = self.plus4
        person: dict[str, Any] = {"first_name": self.first_name, "email": self.email, "address": address}
        if self.last_name:
            person["last_name"] = self.last_name
        if self.prefix:
            person["prefix"] = self.prefix
        if self.phone:
            person["phone"] = self.phone
        return person


class Content(NamedTuple):
    """``fields`` are fit for use where ``faults`` is empty; ``flags`` are remarks, each once.

    ``edited_letter`` is none of the fields, because few submissions have one and fingerprints are made of all fields.
    """

    fields: Fields
    faults: Faults
    flags: list[FlagCode]
    evidence: Evidence = NOTHING
    edited_letter: str = ""


def normalise(submission: Submission) -> Content:
    """The content of ``submission``, with every fault in it."""
    faults: Faults = {}
    flags: list[FlagCode] = []
    person = submission.constituent
    home = person.address
    typed = (
        person.first_name, person.last_name, home.city, person.email,
        person.prefix, home.line1, home.line2, home.state, home.zip,
    )  # fmt: skip
    lines = typed if is_plain(typed, NAME_LIMIT) else _lines(typed, faults, flags)
    first_name, last_name, city, email, prefix, line1, line2, state, zip5 = lines
    if not (first_name and city and line1):
        _require(lines, faults)
    plus4 = ""
    try:
        email = mail_address(email)
    except Refused as refused:
        faults.setdefault("constituent.email", refused.code)
    try:
        state = state_code(state)
    except Refused as refused:
        faults.setdefault("constituent.address.state", refused.code)
    try:
        zip5, plus4 = zip_code(zip5)
    except Refused as refused:
        faults.setdefault("constituent.address.zip", refused.code)
    phone = _phone(person.phone, flags) if person.phone else ""
    message = _text("message", submission.message, faults, flags) if submission.message else ""
    fields = Fields(first_name, last_name, city, email, prefix, line1, line2, state, zip5, plus4, phone, message)
    edited = _text("edited_letter", submission.edited_letter, faults, flags) if submission.edited_letter else ""
    if home.location is None and home.district is None:
        return Content(fields, faults, flags, NOTHING, edited)
    return Content(fields, faults, flags, judge(home.location, home.district, state, flags), edited)


def fingerprint(
    frontend: str, campaign: str, fields: Fields, evidence: Evidence = NOTHING, edited_letter: str = ""
) -> bytes:
    """16 bytes that stand for the content, the campaign and the frontend.

    Evidence and an edited letter take part only where there are any: what was accepted before there were keeps its
    fingerprint.
    """
    # NUL is in none of them, so that no two submissions are joined to the same text.
    parts: tuple[str, ...] = (frontend, campaign, *fields)
    if evidence:
        parts += (as_text(evidence),)
    if edited_letter:
        parts += ("edited_letter", edited_letter)
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()


def _lines(typed: tuple[str, ...], faults: Faults, flags: list[FlagCode]) -> tuple[str, ...]:
    """Each line normalised, or empty and a fault."""
    lines: list[str] = []
    for text, (path, limit) in zip(typed, _LINES, strict=True):
        try:
            lines.append(line(text, limit))
        except Refused as refused:
            faults[path] = refused.code
            lines.append("")
    if any(map(mixes_scripts, lines[: len(_MIXABLE)])):
        flags.append("mixed_script")
    return tuple(lines)


def _require(lines: tuple[str, ...], faults: Faults) -> None:
    for text, (path, _) in zip(lines, _LINES, strict=True):
        if not text and path.endswith(("first_name", "city", "line1")):
            faults.setdefault(path, "required")


def _phone(typed: str, flags: list[FlagCode]) -> str:
    phone = phone_number(typed)
    if not phone and not typed.isspace():
        flags.append("phone_dropped")
    return phone


def _text(path: str, typed: str, faults: Faults, flags: list[FlagCode]) -> str:
    """The person's own words, of which there are two kinds: a message and an edited letter."""
    try:
        text = body(typed)
    except Refused as refused:
        faults[path] = refused.code
        return ""
    if reorders(typed) and "bidi_removed" not in flags:
        flags.append("bidi_removed")
    if text.count("://") > MANY_LINKS and "many_links" not in flags:
        flags.append("many_links")
    return text
