"""Makes a made-up person's letters exactly as render does: by its own handler, with its own forms, and without a broker.

So what a check or a preview shows is what the offices will get. The facts that each form was made from are kept, for pictures
of pages. A form that cannot be opened on this machine is told by name, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from schemas.accepted import Accepted
from schemas.letter import Letter, LetterRendered
from schemas.resolved import Resolution, Resolved, SubmissionResolved
from schemas.wire import read
from services.pipeline.errors import SettingsRefused
from services.pipeline.outcomes import Emit
from services.render.forms.cwc.settings import unset
from services.render.forms.opening import Forms
from services.render.handler import Deps, handle
from services.render.templates import LetterTemplate, compile_campaign

if TYPE_CHECKING:
    from schemas.campaign import Campaign, LetterForm
    from schemas.resolved import Seat
    from services.render.difficult import Difficult
    from services.render.forms import Facts, Form
    from services.render.settings import RenderSettings

_NAMESPACE: Final = UUID("0b6a4f7e-3c0d-4d52-9d5c-52c1f1a4f6b9")
_STAND_INS: Final = {
    "cwc_agent": "Example Sender",
    "cwc_ack_email": "answers@example.org",
    "cwc_contact_name": "Example Contact",
    "cwc_contact_email": "contact@example.org",
    "cwc_contact_phone": "202-555-0143",
}
"""Who sends, where this machine's settings do not say: the rules for the rest of the document can be held to all the same."""


@dataclass(slots=True)
class Workshop:
    """``forms`` are those that can be made here, ``lacking`` the others with the reason; ``remarks`` what is stood in for.

    ``facts`` of the letters made last, by form and office, if ``keep`` says so.
    """

    settings: RenderSettings
    wanted: tuple[LetterForm, ...]
    keep: bool = False
    forms: tuple[LetterForm, ...] = ()
    lacking: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    facts: dict[tuple[str, str], Facts] = field(default_factory=dict)
    opened: dict[str, Form] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = unset(self.settings) if "cwc" in self.wanted else ()
        if missing:
            self.settings = self.settings.model_copy(update=_STAND_INS)
            others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            self.remarks.append(f"A made-up sender stands in: {missing[0]}{others} must be set where render runs.")
        opening = Forms(self.settings)
        for name in self.wanted:
            try:
                self.opened[name] = opening(name)
            except SettingsRefused as error:
                self.lacking[name] = str(error)
        self.forms = tuple(name for name in self.wanted if name in self.opened)

    def template(self, campaign: Campaign, *, without: Sequence[LetterForm] = ()) -> LetterTemplate:
        """The campaign's templates, asking for the forms that can be made here. Raises ``TemplateFault``."""
        forms = tuple(form for form in self.forms if form not in without)
        return compile_campaign(campaign.model_copy(update={"forms": forms}))

    def letters(
        self, template: LetterTemplate, person: Difficult, offices: Sequence[str], seats: Mapping[str, Seat]
    ) -> dict[str, Letter | None]:
        """The person's letter to each office; None where it cannot be made at all."""
        deps = Deps({template.campaign.slug: template}.get, self._form, _now)
        outcomes = handle(_resolved(template.campaign, person, offices, seats), deps)
        if len(outcomes) == len(offices) and all(isinstance(one, Emit) for one in outcomes):
            made = [read(LetterRendered, one.value).data for one in outcomes if isinstance(one, Emit)]
            return {letter.office: letter for letter in made}
        if len(offices) == 1:
            return dict.fromkeys(offices)
        return {
            one: made for office in offices for one, made in self.letters(template, person, [office], seats).items()
        }

    def _form(self, name: LetterForm) -> Form:
        form = self.opened[name]
        return _Keeping(form, lambda facts: self.facts.update({(name, facts.office): facts})) if self.keep else form


@dataclass(frozen=True, slots=True)
class _Keeping:
    """A form that keeps what it was made from."""

    form: Form
    keep: Callable[[Facts], None]

    def make(self, letter: Facts) -> str:
        self.keep(letter)
        return self.form.make(letter)


def _resolved(
    campaign: Campaign, person: Difficult, offices: Sequence[str], seats: Mapping[str, Seat]
) -> SubmissionResolved:
    identity = str(uuid5(_NAMESPACE, person.name))
    now = datetime.now(UTC)
    submission = Accepted(
        submission_id=identity,
        frontend="check",
        campaign=campaign.slug,
        constituent=person.constituent,
        message=person.message or None,
        edited_letter=(person.edited_letter or None) if campaign.editable else None,
        fingerprint="0" * 32,
        received_at=now,
    )
    held = tuple(seats[office] for office in offices if office in seats)
    resolution = Resolution(outcome="resolved", basis="none", reference="check", seats=held)
    data = Resolved(submission=submission, offices=tuple(offices), resolution=resolution)
    return SubmissionResolved(id=identity, source="/postbag/cli", time=now, data=data)


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
