"""Orders onto the ``controls`` topic, and those that are in force, as the workers know them.

One key holds one order, so a pause takes the place of another. It must never take the place of a cancellation: that one is
for good, and whoever would overwrite it is refused here.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from pydantic import TypeAdapter, ValidationError

from schemas.control import Control, ControlGiven
from schemas.fields import OfficeId, Slug
from schemas.topics import CONTROLS
from schemas.wire import write
from services.cli.campaign.publishing import published, time_told
from services.cli.controls.options import Subject
from services.cli.output import printable
from services.cli.recipients import seats
from services.pipeline.controls import Controls, key_of
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings, load

if TYPE_CHECKING:
    from collections.abc import Iterable


def in_force() -> dict[Subject, ControlGiven]:
    """Every order that holds something now, by what it is about, in the order of scope and name."""
    follower = Controls(lambda: KafkaReader(load(KafkaSettings)))
    found = {Subject(one.data.scope, one.data.name): one for one in follower.in_force()}
    follower.close()
    return found


def give(subject: Subject, control: Control | None, now: datetime) -> ControlGiven | None:
    """Publish an order about ``subject``, or (None) the end of what it was under, and wait until it is acknowledged."""
    event = ControlGiven(id=str(uuid.uuid4()), source="/postbag/cli", time=now, data=control) if control else None
    publisher = Publisher(load(KafkaSettings))
    publisher.publish(CONTROLS, key_of(*subject), write(event) if event else None)
    publisher.flush()
    publisher.close()
    return event


def refuse_a_cancelled_one(subject: Subject, orders: dict[Subject, ControlGiven]) -> None:
    """A cancellation is never overwritten. Raises ``click.ClickException`` with when it was given and why."""
    order = orders.get(subject)
    if order is not None and order.data.action == "cancel":
        raise click.ClickException(
            f"{subject} was cancelled at {time_told(order.time)} ({printable(order.data.reason)}), and that is for"
            " good."
        )


def refuse_a_stranger(subject: Subject, *, anyway: bool) -> None:
    """A name that nobody goes by would hold nothing, and look as if it did. Raises ``click.ClickException``.

    ``anyway`` lets pass what could be a name: letters of a campaign may be on their way after it was withdrawn.
    """
    if subject.scope not in ("campaign", "office"):
        return
    kind, example = (Slug, "river-2026") if subject.scope == "campaign" else (OfficeId, "HNY12 or x-committee-chair")
    try:
        TypeAdapter(kind).validate_python(subject.name)
    except ValidationError:
        raise click.ClickException(
            f"{subject.name!r} cannot be the name of {_a(subject)}: those look like {example}."
        ) from None
    known = _names(subject)
    if anyway or subject.name in known:
        return
    near = get_close_matches(subject.name, known, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    nobody = "no campaign of that name is published" if subject.scope == "campaign" else "no campaign writes to it"
    raise click.ClickException(f"{subject}: {nobody}.{meant} With --anyway the order is given all the same.")


def told(order: ControlGiven) -> dict[str, Any]:
    """An order for programs."""
    data = order.data
    return {
        "scope": data.scope,
        "name": data.name,
        "action": data.action,
        "reason": data.reason,
        "since": time_told(order.time),
        "until": time_told(data.until),
    }


def _names(subject: Subject) -> Iterable[str]:
    campaigns = published()
    if subject.scope == "campaign":
        return campaigns.keys()
    return seats() | {recipient.id for campaign in campaigns.values() for recipient in campaign.recipients}


def _a(subject: Subject) -> str:
    return "an office" if subject.scope == "office" else "a campaign"
