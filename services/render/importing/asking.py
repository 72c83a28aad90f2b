"""The questions that an alert leaves open, each with what to choose from; a required one keeps the file from being used.

Stance, topics, bill and organization are asked even where the alert seems to answer them: an office sorts and counts by
them, and whoever runs the campaign answers for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.render.importing import bills, proposals
from services.render.importing.draft import Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from services.render.importing.draft import Draft, Lines
    from services.render.importing.form import Form
    from services.render.importing.letter import Letter

LIMITS: Final = {
    "headline": 300,
    "subject": 300,
    "salutation": 300,
    "narrative": 10_000,
    "letter": 10_000,
    "closing": 10_000,
}
"""Characters that a field of a campaign takes, as ``schemas.campaign`` has it; a test holds the two together."""

_SIGNATURE: Final = ("closing: |", "  Sincerely,", "  {{ your_name }}")
_MOST_BILLS: Final = 5


def ask(draft: Draft, lines: Lines, letter: Letter | None, form: Form, today: date) -> None:
    """Add to ``draft`` all questions but those about fields of its letter and about its recipients."""
    draft.questions += [
        *_of_names(draft, lines),
        *_of_targets(draft, letter),
        *_of_form(form),
        *_of_letter(draft, letter),
        *_of_lengths(draft),
        *_of_topics(lines),
        *_of_bills(lines, today),
        *_of_stance(lines, letter),
        *_of_forms(draft),
    ]


def _of_names(draft: Draft, lines: Lines) -> Iterator[Question]:
    if draft.slug is None:
        yield Question(
            "slug", "What shall the campaign be called in keys and addresses? Use a-z, 0-9 and hyphens.", required=True
        )
    if draft.organization is None:
        found = list(proposals.organizations(lines))[:3]
        offered = tuple(f"organization: {_quoted(name)}   # from line {number}: {why}" for name, why, number in found)
        yield Question("organization", "Who runs the campaign?", required=True, proposals=offered)
    if draft.headline is None:
        yield Question("headline", "No line looked like a headline. What is the campaign about?", required=True)
    if draft.narrative is None:
        yield Question("narrative", "No text was found beside the letter. Why does it matter?", required=True)


def _of_targets(draft: Draft, letter: Letter | None) -> Iterator[Question]:
    if draft.targets or any(question.field == "targets" for question in draft.questions):
        return
    greeting = letter.greeting.text.casefold() if letter and letter.greeting else ""
    likely = [
        name
        for name, word in (("your_representative", "representative"), ("your_senators", "senator"))
        if word in greeting
    ]
    offered = tuple(f"- {name}" for name in likely or ["your_representative", "your_senators"])
    yield Question("targets", "No list of recipients was found. Who gets the letter?", required=True, proposals=offered)


def _of_form(form: Form) -> Iterator[Question]:
    if form.legend and not form.required:
        text = (
            "The form says that fields are required, and marks none. First name, mail, street, city and ZIP always are."
        )
        yield Question("required_fields", text, form.legend)


def _of_letter(draft: Draft, letter: Letter | None) -> Iterator[Question]:
    if draft.subject is None:
        offered = (f"subject: {_quoted(draft.headline)}",) if draft.headline else ()
        yield Question(
            "subject", "No subject was found above the letter. What is it?", required=True, proposals=offered
        )
    if letter is None or draft.letter is None:
        text = (
            "No letter was found: no line greets an official, and none says that a message follows. Write the letter."
        )
        yield Question("letter", text, required=True)
        return
    if letter.greeting is None:
        text = "The letter greets nobody. Look whether it begins where it should, and how it shall greet."
        yield Question("salutation", text, letter.body[0].number, proposals=("salutation: Dear {{ decision_maker }},",))
    elif draft.salutation and "{{ decision_maker" not in draft.salutation and "{{ ?" not in draft.salutation:
        text = "The greeting is the same for every recipient. Shall it name each one?"
        yield Question(
            "salutation", text, letter.greeting.number, proposals=("salutation: Dear {{ decision_maker }},",)
        )
    if draft.closing is None:
        text = (
            "No leave and no name were found below the letter. Look whether it ends where it should, and how it shall."
        )
        yield Question("closing", text, letter.body[-1].number if letter.body else None, proposals=_SIGNATURE)
    elif "name }}" not in draft.closing:
        yield Question("closing", "Nobody signs the letter. Shall it end with the person's name?", letter.closing[-1].number,
                       proposals=("{{ your_name }}",))  # fmt: skip
    for line in letter.others:
        text = f"Another letter begins here (“{line.text[:60]}”), and only the first was taken. Is it a campaign of its own?"
        yield Question("letter", text, line.number)


def _of_lengths(draft: Draft) -> Iterator[Question]:
    for name, most in LIMITS.items():
        value = getattr(draft, name)
        if value and len(value) > most:
            yield Question(
                name, f"It has {len(value):,} characters, and {most:,} is the most. Shorten it.", required=True
            )


def _of_topics(lines: Lines) -> Iterator[Question]:
    found = proposals.topics(lines)
    offered = tuple(f"- {topic}   # {', '.join(words)}" for topic, words in found)
    yield Question(
        "topics",
        "By which topics shall offices sort the letter? Two or three at most.",
        proposals=("topics:", *(f"  {line}" for line in offered)) if offered else (),
    )


def _of_bills(lines: Lines, today: date) -> Iterator[Question]:
    found = bills.bills(lines)
    if not found:
        return
    offered: list[str] = []
    likely = bills.congresses(lines, today)
    sure = len(likely) == 1
    for bill in found[:_MOST_BILLS]:
        offered += [
            "bill:",
            f"  congress: {likely[0].congress}   # {likely[0].why}"
            if sure
            else "  congress:   # " + " or ".join(f"{one.congress} ({one.why})" for one in likely),
        ]
        offered += [f"  type: {bill.type}", f"  number: {bill.number}   # {bill.written} in line {bill.line}"]
    many = f" The first {_MOST_BILLS} of {len(found)} are here." if len(found) > _MOST_BILLS else ""
    which = "Is the campaign about this bill" if len(found) == 1 else "Which bill is the campaign about"
    asked = f"{which}, and is the Congress right?" if sure else f"{which}, and of which Congress is it?"
    yield Question("bill", asked + many, found[0].line, proposals=tuple(offered))


def _of_stance(lines: Lines, letter: Letter | None) -> Iterator[Question]:
    said = letter.body if letter else lines
    with_bill = tuple(line for line in said if bills.bills((line,)))
    found = proposals.stances(with_bill) or proposals.stances(said)
    if found:
        offered = tuple(f"stance: {stance}   # “{word}” in line {number}" for stance, (word, number) in found.items())
        yield Question("stance", "Is the campaign for the bill or against it?", proposals=offered)


def _of_forms(draft: Draft) -> Iterator[Question]:
    if draft.salutation and draft.closing:
        yield Question(
            "forms",
            "What shall be made of the letter beside its text (docs/forms.md)?",
            proposals=("forms: [mail, cwc]",),
        )


def _quoted(text: str) -> str:
    """``text`` as YAML always takes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
