"""A bare producer that is fenced in the middle of a transaction fences its successor in turn; one of ours stays fenced.

Its half of this notices when the library mends it; then a part of ``services.pipeline.kafka_mended`` can go.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final

import pytest
from kafka import KafkaProducer
from kafka import errors as kafka_errors

from schemas.topics import RESOLVED
from services.pipeline.producer import Producer, is_fenced
from tests.integration.harness.corner import Corner

pytestmark = [pytest.mark.integration]

PATIENCE_S: Final = 5.0


def opened(corner: Corner, kind: type[KafkaProducer]) -> Any:
    """A producer under the id that all of them here have, with a transaction open and a record of it written."""
    producer = kind(bootstrap_servers=corner.settings.kafka_bootstrap_servers, transactional_id=corner.group("taken"))
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(corner.name(RESOLVED), b"value", partition=0).get(timeout=20)
    return producer


def what_became_of_the_second(corner: Corner, kind: type[KafkaProducer]) -> tuple[Exception | None, Exception | None]:
    """What ended the first producer, which goes on in its transaction after a second was opened, and what the second."""
    first = opened(corner, kind)
    second = opened(corner, kind)
    told = first.send(corner.name(RESOLVED), b"late", partition=0)
    until = time.monotonic() + PATIENCE_S
    while not told.is_done and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1.0)  # in which the first one would take the id back
    try:
        second.commit_transaction()
    except kafka_errors.KafkaError as error:
        return told.exception, error
    else:
        return told.exception, None
    finally:
        for producer in (first, second):
            with suppress(kafka_errors.KafkaError, AssertionError):  # fenced: it has nothing to send any more
                producer.close(timeout=1)


@pytest.mark.slow
def test_the_bare_client_fences_its_successor(corner: Corner) -> None:
    _, seconds = what_became_of_the_second(corner, KafkaProducer)
    assert seconds is not None, "mended: stay_fenced can go"
    assert is_fenced(seconds)


def test_ours_lets_its_successor_go_on(corner: Corner) -> None:
    firsts, seconds = what_became_of_the_second(corner, Producer)
    assert firsts is not None
    assert is_fenced(firsts)
    assert seconds is None
    assert [record.value for record in corner.read(RESOLVED)] == [b"value"]
