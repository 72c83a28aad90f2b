"""Has held submissions resolved again: writes the completion that a frontend would, under the submission's own id.

Without a seat it repeats the ZIP code that is there, which changes nothing about the person, so that what decides is what has
changed since: the campaign, the roster, the maps. With a seat it says what the person has confirmed. It goes to the very
partition that the submission took. Nothing is ever released by this command itself; resolve does that, and once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from schemas.completion import Completion, CompletionSent, SentAmendment
from schemas.submission import SentDistrict
from schemas.topics import SUBMISSIONS
from schemas.wire import write
from services.pipeline.settler import Sending
from services.resolve.geoids import geoid
from services.resolve.seats import load_seats

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.cli.held.reading import Hold
    from services.cli.pace import Pace
    from services.pipeline.settler import Settles

_FORM: Final = [("content-type", b"application/cloudevents+json")]


def district(hold: Hold, seat: str) -> SentDistrict:
    """What the person has confirmed. Raises ``click.ClickException`` for a seat that the address cannot belong to."""
    if seat not in hold.candidates or hold.plan is None:
        open_ = ", ".join(hold.candidates) or "none"
        raise click.ClickException(
            f"{hold.submission_id} cannot belong to {seat}: the districts left open are {open_}. If the address is wrong, the"
            " frontend can complete it with a better one (docs/input.md)."
        )
    number = next(geoid(one) for one in load_seats() if one.office == seat)
    return SentDistrict(geoid=number, congress=int(hold.plan.rpartition("-")[2]), proof="person_confirmed")


def completion(hold: Hold, confirmed: SentDistrict | None, now: datetime) -> CompletionSent:
    """What is sent for ``hold``."""
    address: dict[str, Any] = {"district": confirmed} if confirmed else {"zip": hold.zip5}
    return CompletionSent(
        id=hold.submission_id,
        source=hold.frontend,
        time=now,
        traceparent=hold.traceparent,
        data=Completion(campaign=hold.campaign, address=SentAmendment(**address)),
    )


def send(
    holds: Sequence[Hold],
    confirmed: SentDistrict | None,
    settler: Settles,
    prefix: str,
    pace: Pace,
    tell: Callable[[int], None],
) -> None:
    """Send what releases ``holds``; ``tell`` hears after each transaction how many are sent."""
    done = 0
    for some in _portions(holds, pace.portion):
        now = datetime.now(UTC)
        settler.settle(
            [
                Sending(
                    prefix + SUBMISSIONS.name, one.partition, one.submission_id.encode(),
                    write(completion(one, confirmed, now)), _FORM,
                )
                for one in some
            ]
        )  # fmt: skip
        done += len(some)
        tell(done)
        pace.keep(len(some))


def _portions(holds: Sequence[Hold], most: int) -> Iterator[Sequence[Hold]]:
    for start in range(0, len(holds), most):
        yield holds[start : start + most]
