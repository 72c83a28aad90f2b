"""What resolve would make of a made-up person's submission: the offices that get a letter, or why it waits.

It asks the same code with the same reference data as the service does, so that a campaigner sees beforehand whom the
campaign's own policy will make wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.cli.campaign.report import Person
from services.resolve.lookup import resolve
from services.resolve.policy import choose
from services.resolve.question import Question

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from services.render.difficult import Difficult
    from services.resolve.reference.reference import Era


def routed(person: Difficult, campaign: Campaign, era: Era, unfit: dict[str, str]) -> Person:
    """Where the letters of ``person`` would go as of ``era``."""
    plan = era.plan(campaign.purpose)
    if plan is None:
        return Person(person.name, person.about, held="no_plan_in_force", unfit=unfit)
    address = person.constituent.address
    answer = resolve(plan, Question(address.zip5, address.plus4, address.state, None, None))
    choice = choose(answer, campaign, era.seat)
    return Person(person.name, person.about, choice.offices, choice.hold, choice.needs, unfit)
