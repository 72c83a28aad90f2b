"""The pre-flight: every letter that could go wrong is made before one is sent, and held to the rules of each form.

Texts, mails and CWC documents are made for every made-up person and every office of the targets; pages, which take longer,
for an office of each kind. Whatever is wrong is told once, with its place in the file, how many letters have it, and one of
them as an example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.campaign import Campaign
from services.cli.campaign.holding import SENTENCES, faults_of
from services.cli.campaign.making import Workshop
from services.cli.campaign.offices import Offices, offices_of, statuses
from services.cli.campaign.people import routed
from services.cli.campaign.places import Places
from services.cli.campaign.report import Problem, Report
from services.render.difficult import DIFFICULT, PLAIN
from services.render.linter import Path, Severity, lint
from services.render.templates import LetterTemplate, TemplateFault

if TYPE_CHECKING:
    from schemas.campaign import LetterForm
    from schemas.letter import Letter
    from schemas.resolved import Seat
    from services.render.difficult import Difficult
    from services.render.settings import RenderSettings
    from services.resolve.reference.reference import Era, Reference

NOT_FOR_ALL: Final = ("no_such_intake",)
"""Reasons why a form cannot be made that say where it does not reach, and nothing of the campaign."""

_FIELDS: Final[dict[str, Path]] = {
    "subject": ("subject",),
    "statement": ("letter",),
    "organization": ("organization",),
    "topic": ("topics",),
    "bill": ("bill",),
    "campaign": ("slug",),
    "greets": ("salutation",),
}
"""Which field of the campaign a reason is about, by its first word; the letter, if by none."""


class _Round(NamedTuple):
    """Letters to be made: of the template of the field ``path``, to ``offices`` as if ``seats`` were so."""

    template: LetterTemplate
    path: Path
    offices: tuple[str, ...]
    seats: Mapping[str, Seat]


@dataclass(slots=True)
class Found:
    """Faults of letters by form, code and field: how many letters, and the first."""

    counts: dict[tuple[str, str, Path], int] = field(default_factory=dict)
    examples: dict[tuple[str, str, Path], str] = field(default_factory=dict)

    def add(self, form: str, code: str, path: Path, example: str) -> None:
        """One more letter with a fault."""
        key = (form, code, path)
        self.counts[key] = self.counts.get(key, 0) + 1
        self.examples.setdefault(key, example)


@dataclass(slots=True)
class Preflight:
    """A check of one campaign, published at ``now`` (seconds since the epoch).

    ``tell`` is told of each person whose letters are made, of as many as ``steps`` says.
    """

    campaign: Campaign
    places: Places
    reference: Reference
    era: Era
    workshop: Workshop
    now: float
    tell: Callable[[int], None] = lambda _: None
    found: Found = field(default_factory=Found)

    def run(self) -> Report:
        """The report. Where the templates do not even compile, it ends with what can be read in them."""
        campaign = self.campaign
        report = Report(campaign.slug, campaign.version, recipients=len(campaign.recipients))
        report.problems += [
            Problem(one.severity, one.code, "", _dotted(one.path), self.places.of(one.path, one.line, one.column),
                    one.sentence, one.remedy)
            for one in lint(campaign, self.now)
        ]  # fmt: skip
        report.lacking = dict(self.workshop.lacking)
        offices = offices_of(campaign, self.era)
        self._tell_reach(report, offices)
        try:
            self._letters(report, offices)
        except TemplateFault as fault:
            if report.ok:
                report.problems.append(self._problem("", "syntax", ("letter",), f"{fault}.", "Make it simpler.", 0, ""))
        known = not report.ok  # a template that was found wrong already fails for a reason that was told
        report.problems += [
            self._of_letters(*key) for key in self.found.counts if key[1] != "template_failed" or not known
        ]
        return report

    @property
    def steps(self) -> int:
        """How many times ``tell`` is called: for each person in each round."""
        return len(DIFFICULT) * (3 + ("paper" in self.workshop.forms) + len(self.campaign.versions))

    def _tell_reach(self, report: Report, offices: Offices) -> None:
        campaign = self.campaign
        report.offices = len(offices.ids)
        report.reference = self.reference.version
        report.statuses = dict(sorted(statuses(offices).items()))
        for status in ("vacant", "term_ended_unconfirmed"):
            if found := offices.with_status(status):
                report.without_holder[status] = found
        report.policies = {
            "vacant_seat": campaign.vacant_seat,
            "unconfirmed_seat": campaign.unconfirmed_seat,
            "ambiguity": campaign.ambiguity,
        }

    def _letters(self, report: Report, offices: Offices) -> None:
        done = 0
        unfit: dict[str, dict[str, str]] = {}
        for one in self._rounds(offices):
            for person in DIFFICULT:
                letters = self.workshop.letters(one.template, person, one.offices, one.seats)
                report.letters += len(letters)
                for office, letter in letters.items():
                    self._hold(one, person, office, letter)
                    for missing in letter.unfit if letter else ():
                        if missing.reason not in NOT_FOR_ALL:
                            unfit.setdefault(person.name, {})[missing.form] = missing.reason
                if person is PLAIN:
                    self._reach(report, one.template.campaign, letters)
                done += 1
                self.tell(done)
        report.people = [routed(person, self.campaign, self.era, unfit.get(person.name, {})) for person in DIFFICULT]

    def _rounds(self, offices: Offices) -> Iterator[_Round]:
        """Texts, mails and CWC for every office; pages, versions and seats of other kinds for one office of each kind."""
        base = self.campaign.model_copy(update={"versions": ()})
        letter: Path = ("letter",)
        quick = self.workshop.template(base, without=("paper",))
        yield _Round(quick, letter, offices.ids, offices.seats)
        kinds = offices.kinds()
        for status in ("vacant", "held"):
            yield _Round(quick, letter, kinds, offices.supposed(status))
        if "paper" in self.workshop.forms:
            others = tuple(form for form in self.workshop.forms if form != "paper")
            yield _Round(self.workshop.template(base, without=others), letter, kinds, offices.supposed("held"))
        for number, version in enumerate(self.campaign.versions):
            other = {"letter": version.letter, "subject": version.subject or base.subject}
            template = self.workshop.template(base.model_copy(update=other))
            yield _Round(template, ("versions", number, "letter"), kinds, offices.seats)

    def _hold(self, one: _Round, person: Difficult, office: str, letter: Letter | None) -> None:
        path = one.path
        example = f"{person.name} to {office}"
        if letter is None:
            self.found.add("text", "template_failed", path, example)
            return
        for form, code in faults_of(letter, person, _own_text(one.template.campaign), self.workshop.opened):
            self.found.add(form, code, _about(code, path, self.campaign), example)
        for missing in letter.unfit if person is PLAIN else ():
            if missing.reason not in NOT_FOR_ALL:
                self.found.add(missing.form, missing.reason, _about(missing.reason, path, self.campaign), example)

    def _reach(self, report: Report, campaign: Campaign, letters: dict[str, Letter | None]) -> None:
        """How many offices a letter of somebody with nothing unusual reaches in each form."""
        made = [letter for letter in letters.values() if letter is not None]
        if "text" not in report.reach:
            report.reach["text"] = len(made)
        for form in campaign.forms:
            fit = [letter for letter in made if form not in {one.form for one in letter.unfit}]
            share = len(fit) / max(1, len(made))
            report.reach.setdefault(form, round(share * report.offices))

    def _of_letters(self, form: str, code: str, path: Path) -> Problem:
        key = (form, code, path)
        sentence, remedy = SENTENCES.get(code, (f"The form {form} refuses it: {code.replace('_', ' ')}.", _REMEDY))
        return self._problem(form, code, path, sentence, remedy, self.found.counts[key], self.found.examples[key])

    def _problem(
        self, form: str, code: str, path: Path, sentence: str, remedy: str, count: int, example: str
    ) -> Problem:
        severity: Severity = "warning" if code == "hole" else "error"
        return Problem(severity, code, form, _dotted(path), self.places.of(path), sentence, remedy, count, example)


_REMEDY: Final = "docs/forms.md explains what each form takes."


def pre_flight(
    campaign: Campaign,
    places: Places,
    reference: Reference,
    as_of: float,
    now: float,
    settings: RenderSettings,
    forms: tuple[LetterForm, ...],
) -> Preflight:
    """A check of ``campaign``, made in ``forms``: its seats as of ``as_of``, its deadlines as of ``now`` (epoch seconds)."""
    asking = campaign.model_copy(update={"forms": forms})
    return Preflight(asking, places, reference, reference.at(as_of), Workshop(settings, forms), now)


def _about(code: str, path: Path, campaign: Campaign) -> Path:
    """The field of the campaign that a fault is about: of a letter of its own, whichever field the code says."""
    if path != ("letter",) or (code == "greets_nobody" and campaign.salutation is None):
        return path
    return _FIELDS.get(code.partition("_")[0], path)


def _own_text(campaign: Campaign) -> str:
    return "\n".join(filter(None, (campaign.salutation, campaign.letter, campaign.closing)))


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
