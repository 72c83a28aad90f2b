"""Every code of a finding and what it means: docs/reference/linter.md is printed from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "attribute": "Code reaches into a value, as `{{ contact.city }}` does: names are plain text.",
    "bidi_control": "A character that turns the direction of text around, unseen.",
    "brackets": "Brackets that may be a field to fill in. A warning: they may be text as well.",
    "call": "Code calls something.",
    "closing_without_name": "The closing does not name who writes. A warning.",
    "constant_condition": "A condition that is always the same.",
    "control_character": "A control character.",
    "expression": "Code works something out, such as `{{ 7*7 }}`.",
    "filter": "A filter that no letter needs.",
    "foreign_field": "A field of another system: `[Your Name]`, `[[S1:city]]`, `%%City%%`, `*|CITY|*`, `${city}`.",
    "garbled": "Text that was read in the wrong encoding.",
    "greeting_in_letter": "A greeting in `letter`, where `salutation` has it, or the form `cwc` wants none.",
    "greeting_twice": "A second greeting.",
    "html": "HTML in a letter, which is plain text.",
    "invisible": "A character that cannot be seen, such as a space of no width.",
    "markdown": "Markdown in a letter, which shows its signs as they are. A warning.",
    "may_be_empty": "A name that is empty for somebody, without a condition around it. An error for names of the office.",
    "message_not_placed": "A letter that is one text has no place for the person's words. An error where they are required.",
    "name_in_letter": "The person's name in `letter`, where `closing` has it, or the form `cwc` wants none.",
    "not_apart": "The form `cwc` needs `salutation` and `closing` apart from the letter.",
    "not_required": "The form `cwc` needs what not everyone is asked for. A warning.",
    "placeholder": "Text that looks like a place still to be filled in, such as TBD. A warning.",
    "safe": "The filter `safe`: there is no HTML to keep.",
    "salutation_without_name": "The salutation is the same for every office. A warning.",
    "same_version": "A version has the text of another one. A warning.",
    "signature_in_letter": "A signature in `letter`, where `closing` has it, or the form `cwc` wants none.",
    "single_braces": "A name in single braces.",
    "statement": "A loop, a macro, an include or the like.",
    "stray_brace": "A brace that stands alone.",
    "subject_line_break": "A subject of several lines.",
    "syntax": "The template cannot be read.",
    "test": "A test such as `is defined`: every name is there, if empty.",
    "title_twice": "A title before `decision_maker`, which has it already.",
    "too_short": "No text of the campaign's own, or a subject that is shorter than the form `cwc` takes.",
    "topics_needed": "The form `cwc` needs `topics`.",
    "unbalanced": "`{% if %}` without its end, or an end without a beginning.",
    "unknown_name": "A name that no letter knows.",
}
