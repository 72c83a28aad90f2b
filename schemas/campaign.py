"""A campaign: who is written to, what the form asks for, and the letter.

Campaigners write it as YAML (``campaigns/*.yaml``), ``postbag campaign publish`` checks it and puts it on the compacted
``campaigns`` topic under its slug, and every worker follows that topic. ``subject`` and ``letter`` are templates of
the operators; what a constituent typed is only ever data to them.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.envelope import Envelope
from schemas.fields import Body, Line, OptionalLine, Slug, Time
from schemas.recipient import Recipient, Target
from schemas.resolved import Purpose
from schemas.wire import Wire

RequiredField = Literal[
    "prefix",
    "first_name",
    "last_name",
    "email",
    "phone",
    "address.line1",
    "address.city",
    "address.state",
    "address.zip",
    "message",
]

Topic = Literal[
    "Agriculture and Food",
    "Animals",
    "Armed Forces and National Security",
    "Arts, Culture, Religion",
    "Civil Rights and Liberties, Minority Issues",
    "Commerce",
    "Congress",
    "Crime and Law Enforcement",
    "Economics and Public Finance",
    "Education",
    "Emergency Management",
    "Energy",
    "Environmental Protection",
    "Families",
    "Finance and Financial Sector",
    "Foreign Trade and International Finance",
    "Government Operations and Politics",
    "Health",
    "Housing and Community Development",
    "Immigration",
    "International Affairs",
    "Labor and Employment",
    "Law",
    "Native Americans",
    "Public Lands and Natural Resources",
    "Science, Technology, Communications",
    "Social Sciences and History",
    "Social Welfare",
    "Sports and Recreation",
    "Taxation",
    "Transportation and Public Works",
    "Water Resources Development",
]
"""The subject areas that congressional offices sort by (Communicating With Congress, 32 topics)."""


class Bill(Wire):
    """A bill or resolution, as in ``hres 229`` of the 113th Congress."""

    congress: Annotated[int, Field(ge=1, le=999)]
    type: Literal["hr", "hres", "hjres", "hconres", "hamdt", "s", "sres", "sjres", "sconres", "samdt"]
    number: Annotated[int, Field(ge=1, le=99999)]


Ambiguity = Literal["ask", "senators_only", "best_guess"]
"""Where a target's seat is not certain: hold the submission and ask, write to the senators alone, or take the likeliest
district if it is likelier than ``best_guess_above``."""

SeatPolicy = Literal["hold", "chamber_office", "skip"]
"""What becomes of a letter to a seat that nobody is known to hold: it waits, it goes to the seat's office all the same
(which the chamber's clerk runs meanwhile), or it is left out."""


LetterForm = Literal["mail", "cwc", "paper"]
"""What render makes of a letter beside its plain text: HTML mail, XML for congressional intake, a printed page."""

AddressedRole = Literal["representative", "delegate", "resident_commissioner", "senator", "president"]

Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
"""The language of a campaign's letters, as ``en`` or ``en-US``: for dates, hyphens and readers' programs."""


class FormOfAddress(Wire):
    """How holders of a kind of office are addressed: ``title`` before the last name, ``honorific`` on an envelope."""

    role: AddressedRole
    title: Line
    honorific: OptionalLine = "The Honorable"


DripHours = Annotated[float, Field(gt=0, le=168)]
"""Hours, a week at most: letters wait in topics that keep them for seven days."""

MOST_SHARED: Final = 99
"""Percent of the constituents that the versions can have together: some are left for the campaign's own ``letter``."""


class LetterVersion(Wire):
    """Another version of the letter, for ``share`` percent of the constituents; the same person always gets the same."""

    name: Slug
    share: Annotated[int, Field(ge=1, le=99)]
    subject: Line | None = None
    letter: Body


class _Campaign(Wire):
    """What a campaign says, as written and as published.

    ``letter`` is all of the letter, or, where ``salutation`` and ``closing`` stand by themselves, what is between them: only
    then can a form leave them out. Whoever gets none of the ``versions`` gets ``letter``.
    """

    slug: Slug
    version: Annotated[int, Field(ge=1)]
    organization: Line
    headline: Line
    narrative: Body
    targets: Annotated[tuple[Target, ...], Field(min_length=1)]
    required_fields: tuple[RequiredField, ...] = ()
    subject: Line
    letter: Body
    opens: Time | None = None
    closes: Time | None = None
    deliver_before: Time | None = None
    drip_hours: DripHours | None = None
    topics: tuple[Topic, ...] = ()
    bill: Bill | None = None
    stance: Literal["pro", "con"] | None = None
    purpose: Purpose = "represented_by"
    ambiguity: Ambiguity = "ask"
    best_guess_above: Annotated[float, Field(ge=0.5, le=1)] = 0.95
    vacant_seat: SeatPolicy = "hold"
    unconfirmed_seat: SeatPolicy = "chamber_office"
    salutation: Line | None = None
    closing: Body | None = None
    locale: Locale = "en-US"
    forms: tuple[LetterForm, ...] = ()
    versions: Annotated[tuple[LetterVersion, ...], Field(max_length=20)] = ()
    addressing: Annotated[tuple[FormOfAddress, ...], Field(max_length=5)] = ()
    editable: bool = True

    @model_validator(mode="after")
    def _shares_leave_some_for_the_letter(self) -> Self:
        if sum(version.share for version in self.versions) > MOST_SHARED:
            raise ValueError(f"the versions' shares add up to more than {MOST_SHARED} percent")
        names = [version.name for version in self.versions]
        if len(set(names)) != len(names):
            raise ValueError("two versions have the same name")
        roles = [form.role for form in self.addressing]
        if len(set(roles)) != len(roles):
            raise ValueError("two forms of address are for the same role")
        return self


class Campaign(_Campaign):
    """One campaign, as published. ``version`` rises with every change, and each letter records the one that made it.

    ``recipients`` are those of all its lists, list by list.
    """

    recipients: Annotated[tuple[Recipient, ...], Field(max_length=5000)] = ()


class CampaignFile(_Campaign):
    """One campaign, as campaigners write it. ``lists`` names the CSV file of each list, beside the campaign's own file."""

    lists: dict[Slug, Line] = Field(default_factory=dict)


class CampaignPublished(Envelope):
    """Topic ``campaigns``, keyed by slug."""

    type: Literal["org.postbag.campaign.published.v1"] = "org.postbag.campaign.published.v1"
    data: Campaign
