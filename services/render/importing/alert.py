"""A pasted action alert to the draft of a campaign's file: each part is found, put into Postbag's words, and accounted for.

Every line of the alert ends in the file or in ``left_out`` with a reason, every field of the file has a finding or a
question. This module only calls the others in their order; it never raises for what an alert contains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.render.importing import asking
from services.render.importing.bills import date_of
from services.render.importing.draft import Draft, Finding, LeftOut, Question
from services.render.importing.form import Form, read_form
from services.render.importing.headings import Heading, find_headline, find_subject, narrative_of
from services.render.importing.kinds import chrome
from services.render.importing.letter import Letter, find_letter
from services.render.importing.naming import slug_of
from services.render.importing.paragraphs import laid_out, with_message
from services.render.importing.reading import read_source
from services.render.importing.targets import Targets, questions, read_targets
from services.render.importing.templating import Converted, convert, has_field

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from services.render.importing.draft import Line, Lines

_MOST_TOLD: Final = 12
_ASIDE: Final = {
    "title": "the page's title",
    "site": "the name of the site",
    "footer": "a footer",
    "navigation": "navigation",
    "subject": "a form's field",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What is known beside the alert; ``today`` says which Congresses are offered where the alert has no date."""

    today: date
    slug: str | None = None
    organization: str | None = None


def read_alert(raw: bytes, given: Given) -> Draft:
    """The draft of a campaign from the bytes of an alert, whatever they are."""
    source = read_source(raw)
    lines = source.lines
    draft = Draft(notes=[f"Read as {source.encoding.upper()}.", *source.notes])
    form = read_form(lines)
    letter = find_letter(lines, form)
    first, last = (letter.first, letter.last) if letter else (len(lines), len(lines))
    outside = lines[:first] + lines[last:]
    targets = read_targets(tuple(line for line in outside if line.number not in form.lines))
    taken = {*form.lines, *targets.lines}
    dated = date_of(outside)
    taken |= {dated[1]} if dated else set()
    subject = find_subject(lines, first, last, taken) if letter else None
    taken |= subject.lines if subject else set()
    headline = find_headline(lines, first, taken)
    taken |= headline.lines if headline else set()

    _take_headings(draft, headline, subject)
    _take_letter(draft, letter, subject)
    _take_targets(draft, targets)
    _take_form(draft, form)
    _take_narrative(draft, lines, first, last, taken)
    reasons = dict.fromkeys(targets.headings, "the heading of the recipients") | (
        {dated[1]: "the alert's date"} if dated else {}
    )
    _account(draft, outside, letter, form, reasons)
    _name(draft, given)
    asking.ask(draft, lines, letter, form, given.today)
    return draft


def _take_headings(draft: Draft, headline: Heading | None, subject: Heading | None) -> None:
    if headline:
        draft.headline = headline.line.text
        _found(draft, "headline", draft.headline, headline.how, (headline.line,), headline)
    if subject:
        made = convert((subject.line,), "subject")
        draft.subject = made.text
        draft.questions += made.questions
        labelled = (min(subject.lines), max(subject.lines))
        draft.findings.append(
            Finding("subject", made.text, _with_fields(subject.how, made), labelled, subject.confidence)
        )


def _take_letter(draft: Draft, letter: Letter | None, subject: Heading | None) -> None:
    if letter is None:
        return
    own = subject.lines if subject else frozenset[int]()
    body = tuple(line for line in letter.body if line.number not in own)
    if letter.greeting:
        made = convert((letter.greeting,), "salutation", greeting=True)
        draft.salutation = made.text
        draft.questions += made.questions
        _found(draft, "salutation", made.text, _with_fields("the greeting", made), (letter.greeting,), letter)
    for name, part, how in (("letter", body, letter.how), ("closing", letter.closing, "the leave and the signature")):
        made = convert(part, name)
        text = laid_out(made.text)
        draft.questions += made.questions
        if text:
            setattr(draft, name, with_message(text))
            _found(draft, name, text, _with_fields(how, made), part, letter)


def _take_targets(draft: Draft, targets: Targets) -> None:
    draft.targets = tuple(sorted(targets.names))
    for name in draft.targets:
        number = targets.names[name]
        draft.findings.append(Finding("targets", name, "named as a recipient", (number, number)))
    draft.questions += questions(targets)


def _take_form(draft: Draft, form: Form) -> None:
    draft.required_fields = form.required
    if form.required:
        at = (min(form.marked), max(form.marked))
        draft.findings.append(Finding("required_fields", ", ".join(form.required), "marked in the form", at))


def _take_narrative(draft: Draft, lines: Lines, first: int, last: int, taken: set[int]) -> None:
    """The text above the letter or, where there is none, the text below it."""
    above, below = (_text(part, taken) for part in (lines[:first], lines[last:]))
    used = above if any(line.text for line in above) else below
    draft.narrative = narrative_of(used) or None
    if draft.narrative:
        how = "the text above the letter" if used is above else "the text below the letter"
        written = [line for line in used if line.text]
        _found(draft, "narrative", draft.narrative, how, written, None)
        unused = [line for line in below if line.text] if used is above else []
        fields = next((line for line in written if has_field(line.text)), None)
        if fields:
            text = "Frontends show the narrative as it is: a field in it stays text. Write it without."
            draft.questions.append(Question("narrative", text, fields.number))
        for line in unused:
            draft.left_out.append(LeftOut((line.number, line.number), "it stands below the letter", line.text))


def _text(lines: Lines, taken: set[int]) -> Lines:
    """What is neither taken nor a part of the page; blank lines stay, since they part paragraphs."""
    return tuple(
        line for line in lines if line.number not in taken and line.kind not in _ASIDE and not chrome(line.text)
    )


def _account(draft: Draft, outside: Lines, letter: Letter | None, form: Form, reasons: dict[int, str]) -> None:
    """Say of every line that is in no field why it is not."""
    marked = set(form.marked)
    for line in outside:
        why = reasons.get(line.number) or _ASIDE.get(line.kind) or chrome(line.text)
        if line.number in marked:
            continue
        if line.number in form.lines and line.number != form.legend:
            why = "a form's label"
        used = any(
            finding.lines == (line.number, line.number) and finding.value == line.text for finding in draft.findings
        )
        if line.text and why and not used:
            draft.left_out.append(LeftOut((line.number, line.number), why, line.text))
    for line in letter.dropped if letter else ():
        draft.left_out.append(LeftOut((line.number, line.number), chrome(line.text), line.text))
    draft.left_out.sort(key=lambda left: left.lines)


def _name(draft: Draft, given: Given) -> None:
    draft.slug = given.slug or slug_of(draft.headline or draft.subject or "")
    if draft.slug:
        how = "given" if given.slug else "made from the headline; once published, it never changes"
        draft.findings.append(Finding("slug", draft.slug, how, confidence="high" if given.slug else "medium"))
    draft.organization = given.organization
    if given.organization:
        draft.findings.append(Finding("organization", given.organization, "given"))


def _with_fields(how: str, made: Converted) -> str:
    """``how``, and which of the alert's fields became what."""
    pairs = dict.fromkeys(f"{written} became {text}" for written, text in made.fields)
    return "; ".join((how, *list(pairs)[:_MOST_TOLD]))


def _found(
    draft: Draft, name: str, value: str, how: str, lines: Iterable[Line], source: Heading | Letter | None
) -> None:
    numbers = [line.number for line in lines]
    confidence = source.confidence if source else "medium"
    draft.findings.append(Finding(name, value, how, (min(numbers), max(numbers)), confidence))
