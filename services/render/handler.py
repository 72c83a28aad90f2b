"""One resolved submission to its letters: one for each office, under ids that never change.

What a campaign's letters to an office share (how it is addressed, the frame of the event) is drafted once for all who go the
same route; the rest is each person's own. A form that cannot be made of a letter is said to be missing; the letter goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import ValidationError

from schemas import letter as schema
from schemas.accepted import Constituent
from schemas.topics import LETTERS
from services.pipeline.errors import SettingsRefused
from services.pipeline.outcomes import DeadLetter, Emit, Outcome
from services.render.addressing import addressed
from services.render.forms import Facts, Unfit
from services.render.forms.mail import MailForm, message
from services.render.incoming import Incoming, Route, from_event
from services.render.letters import letter_id, of_office, of_person, person_key_of
from services.render.parts import Composed, compose
from services.render.templates import LetterTemplate, TemplateFault
from services.render.writing import MOST, NOTHING_MADE, SOURCE, Frame, Made, event, frame

if TYPE_CHECKING:
    from schemas.campaign import LetterForm
    from schemas.resolved import SubmissionResolved
    from services.render.forms import Form

__all__ = ["SOURCE", "Deps", "handle", "mail_only", "stamp"]

_MAIL: Final = MailForm()
_MAIL_ALONE: Final = ("mail",)
_HALVED: Final = "half of a surrogate pair in a letter"


def stamp() -> str:
    """The time now, as ``schemas.wire`` writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def mail_only(name: LetterForm) -> Form:
    """The one form that needs no settings."""
    if name != "mail":
        raise SettingsRefused(f"a campaign asks for the form {name}, which needs settings")
    return _MAIL


@dataclass(slots=True)
class Deps:
    """``template`` gives a published campaign's compiled templates by slug, ``forms`` a form by its name."""

    template: Callable[[str], LetterTemplate | None]
    forms: Callable[[LetterForm], Form] = mail_only
    now: Callable[[], str] = stamp


class Draft(NamedTuple):
    """What all letters of a campaign version to one office on a route share."""

    office: str
    key: bytes
    template: LetterTemplate
    values: dict[str, str]
    addressee: schema.Addressee
    frame: Frame


def handle(event: Incoming | SubmissionResolved, deps: Deps) -> Sequence[Outcome]:
    """The letters. A campaign that was withdrawn, or whose template fails, parks its own letters and nobody else's; so does
    one that no longer has a recipient whom the submission was resolved to.
    """
    incoming = event if isinstance(event, Incoming) else from_event(event)
    template = deps.template(incoming.campaign)
    if template is None:
        return (DeadLetter("campaign_withdrawn", own=False),)
    known = incoming.route.drafts.get(id(template))
    if known is None:
        # The template is kept with them, so that its identity is its own for as long as they are here.
        known = incoming.route.drafts[id(template)] = (template, _drafts(template, incoming.route))
    drafts: tuple[Draft, ...] | None = known[1]
    if drafts is None:
        return (DeadLetter("recipient_withdrawn", own=False),)
    try:
        return _letters(incoming, template, drafts, deps)
    except TemplateFault as error:
        return (DeadLetter("template_failed", type(error).__name__, own=False),)


def _drafts(template: LetterTemplate, route: Route) -> tuple[Draft, ...] | None:
    """A draft for each office; None if one is a recipient whom the campaign no longer has."""
    drafts: list[Draft] = []
    campaign = template.campaign
    for office in route.offices:
        recipient = template.recipients.get(office)
        if recipient is None and office.startswith("x-"):
            return None
        whom = addressed(office, route.seats.get(office), campaign, recipient)
        told = whom.addressee if template.told_in_parts else None
        values = of_office(office, whom, campaign)
        drawn = frame(campaign, office, recipient, told)
        drafts.append(Draft(office, office.encode(), template.for_office(values), values, whom.addressee, drawn))
    return tuple(drafts)


def _letters(incoming: Incoming, template: LetterTemplate, drafts: tuple[Draft, ...], deps: Deps) -> Sequence[Outcome]:
    person = person_key_of(incoming.first_name, incoming.last_name, incoming.email)
    own = of_person(incoming.prefix, incoming.first_name, incoming.last_name, incoming.city)
    now = deps.now()
    letters: list[Outcome] = []
    for draft in drafts:
        identity = letter_id(incoming.campaign, draft.office, person)
        letter = compose(
            draft.template,
            draft.template.text_for(person),
            draft.values | own,
            incoming.message,
            incoming.edited_letter,
        )
        made: Made | None = None
        if template.campaign.forms == _MAIL_ALONE:
            made = _mail(template.campaign.locale, letter)
        elif template.campaign.forms:
            made = _forms(_facts(identity, incoming, template, draft, letter, now), deps)
        elif template.told_in_parts or incoming.edited_letter:
            made = NOTHING_MADE
        value = event(identity, incoming, draft.frame, letter, made, now)
        letters.append(Emit(LETTERS, draft.key, value, draft.key))
    return letters


def _mail(locale: str, letter: Composed) -> Made:
    """What nearly every campaign asks for, without the facts that only other forms read: it saves a third."""
    try:
        mail = message(locale, letter.subject, letter.body)
    except UnicodeEncodeError:
        raise TemplateFault(_HALVED) from None
    if len(mail) > MOST["mail"]:
        return Made({}, (schema.Unfit(form="mail", reason="too_large"),))
    return Made({"mail": mail}, ())


def _facts(
    identity: str, incoming: Incoming, template: LetterTemplate, draft: Draft, letter: Composed, now: str
) -> Facts:
    return Facts(
        letter_id=identity,
        office=draft.office,
        campaign=template.campaign,
        constituent=Constituent.__pydantic_validator__.validate_json(incoming.constituent),
        addressee=draft.addressee,
        parts=_parts(letter),
        subject=letter.subject,
        body=letter.body,
        locale=template.campaign.locale,
        made_on=date.fromisoformat(now[:10]),
    )


def _parts(letter: Composed) -> schema.Parts:
    try:
        return schema.Parts(
            salutation=letter.salutation,
            statement=letter.statement,
            own_words=letter.own_words,
            closing=letter.closing,
            edited=letter.edited,
        )
    except ValidationError:  # half of a surrogate pair
        raise TemplateFault(_HALVED) from None


def _forms(facts: Facts, deps: Deps) -> Made:
    """Each form that the campaign asks for, or why it cannot be made."""
    forms: dict[LetterForm, str] = {}
    unfit: list[schema.Unfit] = []
    for name in facts.campaign.forms:
        try:
            text = deps.forms(name).make(facts)
        except Unfit as error:
            unfit.append(schema.Unfit(form=name, reason=error.reason))
            continue
        if len(text) > MOST[name]:
            unfit.append(schema.Unfit(form=name, reason="too_large"))
        else:
            forms[name] = text
    return Made(forms, unfit)
