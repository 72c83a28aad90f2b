"""What is broken on purpose, each through the door by which it would come: an office, a frontend, a stranger, a kill."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Final
from uuid import uuid4

from deploy.local.crowd import crowd
from deploy.local.crowd_places import places
from schemas.campaign import Campaign, CampaignPublished
from schemas.ledger import Entry, LedgerWritten
from schemas.topics import CAMPAIGNS, LEDGER
from schemas.wire import write
from tests.ops.installation import Installation
from tests.ops.people import GARBAGE, UNCLEAR, send, writing_to

_OFFICES: Final = tuple(sorted({home.office for home in places().one_seat if home.office}))
FAILING: Final = _OFFICES[0::4]
"""A quarter of the offices answers 503 to everything."""

SILENT: Final = _OFFICES[1::8]
"""These take every letter and cut the connection before they say so."""

PICKY: Final = _OFFICES[2]
"""This one refuses every letter."""

PAUSED: Final = _OFFICES[7]
"""An operator holds back what goes to this one."""

VOTE: Final = "before-the-vote"
"""The slug of a campaign whose deadline is too near."""

VOTE_IN: Final = timedelta(minutes=12)


def spoil_offices(installation: Installation, campaign: str) -> None:
    """Offices fail, fall silent and refuse; and many people write to just those."""
    for office in FAILING:
        installation.office.refuse(office, status=503)
    for office in SILENT:
        installation.office.reset(office, when="after_accepting")
    installation.office.refuse(PICKY, status=422)
    for seed, offices, count in ((2, (PICKY,), 80), (3, SILENT, 120), (4, FAILING, 200)):
        send(installation.corner.settings, writing_to(offices, count, campaign, seed))


def set_a_deadline_that_cannot_be_met(installation: Installation, like: Campaign) -> None:
    """A campaign whose people are all represented by offices that fail, and a vote in some minutes."""
    now = datetime.now(UTC)
    campaign = like.model_copy(update={"slug": VOTE, "deliver_before": now + VOTE_IN})
    event = CampaignPublished(id=VOTE, source="/postbag/cli", time=now, data=campaign)
    installation.corner.publish(CAMPAIGNS, [(VOTE.encode(), write(event))])
    sleep(3)  # render and ingest follow the topic; before that they do not know the campaign
    send(installation.corner.settings, writing_to(FAILING, 100, VOTE, seed=5))


def send_what_nobody_can_read(installation: Installation, campaign: str) -> None:
    """A frontend gone wrong: 200 records of four kinds, 50 of each, all to be parked."""
    send(installation.corner.settings, crowd(6, 200, campaign, GARBAGE))


def send_what_leaves_the_office_open(installation: Installation, campaign: str) -> None:
    """A form that asks for a ZIP alone: all of its people are held."""
    send(installation.corner.settings, crowd(7, 300, campaign, UNCLEAR))


def write_into_the_ledger(installation: Installation, campaign: str) -> None:
    """A stranger enters a letter that was never made."""
    now = datetime.now(UTC)
    entry = Entry(
        letter_id=str(uuid4()),
        submission_id=str(uuid4()),
        campaign=campaign,
        office=_OFFICES[3],
        state="accepted",
        channel="webhook",
        attempts=1,
        accepted_at=now,
    )
    event = LedgerWritten(id=entry.letter_id, source="/a/stranger", time=now, data=entry)
    installation.corner.publish(LEDGER, [(entry.letter_id.encode(), write(event))])


def pause_an_office(installation: Installation) -> None:
    """No fault: an operator's order, which dashboards are to show. Raises ``CalledProcessError`` if it is refused."""
    command = ("pause", "--office", PAUSED, "--reason", "asked to wait", "--for", "30m", "--anyway")
    subprocess.run(
        [sys.executable, "-m", "services.cli", *command],
        env={**os.environ, **installation.corner.environment()},
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )


def kill(installation: Installation, service: str) -> None:
    """Kill a worker and wait until its successor has opened its producer, 20 seconds at most."""
    before = _opened(installation, service)
    installation.take_away(service)
    installation.bring_back(service)
    until = monotonic() + 20
    while _opened(installation, service) <= before and monotonic() < until:
        sleep(0.2)


def _opened(installation: Installation, service: str) -> float:
    found = installation.prometheus.query(f'postbag_producers_opened_total{{stage="{service}"}}')
    return max((one.value for one in found), default=0.0)
