"""What a check found: problems with their place in the file, and how far the campaign reaches. Data, for people or programs.

The same fault in ten thousand letters is one problem with a count. Nothing here is of a real person: the constituents are
those of ``services.render.difficult``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.cli.campaign.places import Place

if TYPE_CHECKING:
    from services.render.linter import Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: ``count`` letters have it, such as the one of ``example``; 0: it is in the template itself."""

    severity: Severity
    code: str
    form: str
    field: str
    place: Place
    sentence: str
    remedy: str
    count: int = 0
    example: str = ""

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        said = {
            "severity": self.severity,
            "code": self.code,
            "field": self.field,
            "line": self.place.line,
            "column": self.place.column,
            "sentence": self.sentence,
            "remedy": self.remedy,
        }
        letters = {"form": self.form, "letters": self.count, "example": self.example} if self.count else {}
        return said | letters


@dataclass(frozen=True, slots=True)
class Person:
    """What would become of one made-up person: ``offices`` that get a letter, or why the submission is held.

    ``unfit`` has the forms that cannot be made of the letter, with the reason of each.
    """

    name: str
    about: str
    offices: tuple[str, ...] = ()
    held: str = ""
    needs: tuple[str, ...] = ()
    unfit: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        said: dict[str, Any] = {"name": self.name, "about": self.about, "offices": list(self.offices)}
        if self.held:
            said |= {"held": self.held, "needs": list(self.needs)}
        return said | ({"unfit": self.unfit} if self.unfit else {})


@dataclass(slots=True)
class Report:
    """All of it. ``reach`` counts the offices that each form can reach, ``statuses`` the seats by who holds them."""

    slug: str
    version: int
    problems: list[Problem] = field(default_factory=list)
    recipients: int = 0
    offices: int = 0
    reach: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    without_holder: dict[str, tuple[str, ...]] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    letters: int = 0
    reference: str = ""
    lacking: dict[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        """What keeps the campaign from being published."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What a person should look at."""
        return [problem for problem in self.problems if problem.severity == "warning"]

    @property
    def ok(self) -> bool:
        """Whether it can be published."""
        return not self.errors

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "slug": self.slug,
            "version": self.version,
            "ok": self.ok,
            "errors": [problem.as_json() for problem in self.errors],
            "warnings": [problem.as_json() for problem in self.warnings],
            "recipients": self.recipients,
            "offices": self.offices,
            "reach": self.reach,
            "seats": self.statuses,
            "without_holder": {status: list(offices) for status, offices in self.without_holder.items()},
            "policies": self.policies,
            "people": [person.as_json() for person in self.people],
            "letters": self.letters,
            "reference": self.reference,
            "not_checked": self.lacking,
        }
