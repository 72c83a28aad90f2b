"""Events to feed in: accepted submissions of made-up people, valid but for what a test spoils."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid5

from deploy.local.crowd_places import places
from schemas.accepted import Accepted, Address, Constituent, SubmissionAccepted
from schemas.topics import LEDGER, LETTERS
from schemas.wire import write

_NAMESPACE = UUID("0b0f7a52-53cb-44a1-8ad1-6b6d3c1c5a10")
CAMPAIGN = "syria-accountability"


def accepted(count: int, first: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values for ``accepted``: as many people, each with one seat in the House and so one letter."""
    homes = places().one_seat
    now = datetime.now(UTC)
    for number in range(first, first + count):
        home = homes[number % len(homes)]
        identity = str(uuid5(_NAMESPACE, str(number)))
        data = Accepted(
            submission_id=identity,
            frontend="web-1",
            campaign=CAMPAIGN,
            constituent=Constituent(
                first_name="Noor",
                last_name=f"Haddad {number}",
                email=f"noor{number}@example.org",
                address=Address(
                    line1=f"{number} Elm Street", city=home.city, state=cast("Any", home.state or None), zip5=home.zip5
                ),
            ),
            message="Please act now." if number % 3 == 0 else None,
            fingerprint="0" * 32,
            received_at=now,
        )
        event = SubmissionAccepted(id=identity, source="/postbag/ingest", time=now, data=data)
        yield identity.encode(), write(event)


def submission_id(record: Any) -> str:
    """Whose record this is: the key, except on ``letters`` and ``ledger``, which are keyed by office and by letter."""
    if record.topic.endswith((LETTERS.name, LEDGER.name)):
        found: str = json.loads(record.value)["data"]["submission_id"]
        return found
    return str(record.key.decode())
