"""The words that intake says about a submission: the closed sets that frontends, dashboards and docs/input.md go by.

A fault turns a submission away, a flag only remarks, a dead reason is for records that hold no submission at all. They
are data, so that the documentation can be held to them; a code is never changed, because frontends translate it.
"""

from __future__ import annotations

from typing import Final, Literal

FaultCode = Literal[
    "campaign_closed",
    "campaign_not_open",
    "control_character",
    "duplicate_key",
    "forbidden_character",
    "id_reused",
    "line_break",
    "malformed",
    "not_editable",
    "not_json",
    "not_us",
    "required",
    "too_long",
    "too_many_marks",
    "unknown_campaign",
    "unknown_field",
    "unknown_state",
    "unknown_value",
    "zip_leading_zero_lost",
]

FAULTS: Final[dict[FaultCode, str]] = {
    "campaign_closed": "The campaign was over when the submission arrived.",
    "campaign_not_open": "The campaign had not begun when the submission arrived.",
    "control_character": "A control character in a field of one line.",
    "duplicate_key": "The same key twice in one JSON object, or the same CloudEvents header twice.",
    "forbidden_character": "NUL, a lone surrogate, or a code point that Unicode reserves as no character.",
    "id_reused": "The id belongs to another submission, which was accepted before and stands.",
    "line_break": "A line break in a field of one line.",
    "malformed": "Not of the form that the field has.",
    "not_editable": "The campaign's letter goes as it is, and this one was edited. Ask for a message instead.",
    "not_json": "The value of a record in CloudEvents binary mode is not JSON.",
    "not_us": "A postcode as Canada or the United Kingdom write theirs.",
    "required": "Absent, empty or blank, and needed: by every submission, or by this campaign.",
    "too_long": "Longer than the field's limit.",
    "too_many_marks": "More than eight combining marks on one character.",
    "unknown_campaign": "No campaign of that name is published.",
    "unknown_field": "A field that nobody would read.",
    "unknown_state": "Neither a state, a territory nor military mail, as code or as name.",
    "unknown_value": "Not one of the values that the field can have.",
    "zip_leading_zero_lost": "Too short by the zeros that spreadsheets drop: 2139 for 02139. Ask, do not pad.",
}
"""Why a submission is rejected, each with its meaning."""

FlagCode = Literal[
    "bidi_removed",
    "consent_time_implausible",
    "district_implausible",
    "key_mismatch",
    "key_missing",
    "location_implausible",
    "many_links",
    "mixed_script",
    "phone_dropped",
    "received_at_clamped",
]

FLAGS: Final[dict[FlagCode, str]] = {
    "bidi_removed": "The message or the edited letter held characters that reorder what is displayed; they were removed.",
    "consent_time_implausible": "`consented_at` is before 2000, or a day or more after the submission arrived.",
    "district_implausible": "The district's state is none, or not the one given; the district was left out.",
    "key_mismatch": "The record's key is not the submission's id: a repeat could go unnoticed.",
    "key_missing": "The record has no key: a repeat could go unnoticed.",
    "location_implausible": "The point lies nowhere in the United States, or its numbers are swapped; it was left out.",
    "many_links": "More than three links in the message, or in the edited letter.",
    "mixed_script": "A word of a name, of the city or of the mail address mixes alphabets whose letters look alike.",
    "phone_dropped": "The telephone number is clearly no US number, and was left out.",
    "received_at_clamped": "The record's timestamp was impossible; the time of intake stands for it.",
}
"""What is remarked about an accepted submission or completion, each with its meaning."""

DEAD: Final[dict[str, str]] = {
    "duplicate_key": "The id is given twice.",
    "not_json": "Not JSON in UTF-8, or nested too deep.",
    "tombstone": "No value.",
    "too_large": "More than 1,000,000 bytes.",
    "unsupported_version": "A submission of a major version that this release does not know.",
    "wrong_shape": "JSON without a submission id that can be read.",
}
"""Why a record of ``submissions`` is dead-lettered by intake: in each case there is no id to reject it under."""

Fault = tuple[str, FaultCode]
"""Where and what: a field path as in ``schemas.fields.FieldPath``, and a code."""

REPEAT: Final = "repeat"
"""``Done``: the same submission was accepted before."""


class Refused(Exception):
    """A value that cannot be accepted. Holds the code only: the value is personal data."""

    def __init__(self, code: FaultCode) -> None:
        super().__init__(code)
        self.code: FaultCode = code
