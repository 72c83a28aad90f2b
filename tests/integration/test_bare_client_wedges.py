"""After an outage longer than its delivery time-out the bare producer never sends again, and our publisher does.

The first half is here so that a repair upstream is noticed: once it fails, ``services.pipeline.publisher`` can be made
simpler. Both halves go through one and the same outage of a frozen broker, with time-outs scaled down.
"""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator

import psutil
import pytest
from kafka import KafkaProducer
from kafka import errors as kafka_errors

from deploy.local.broker import LocalBroker
from schemas.topics import ACCEPTED, RESOLVED
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import Corner
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(180)]

SHORT = {"delivery_timeout_ms": 4_000, "request_timeout_ms": 1_500}
OUTAGE_S = 15.0
RECORDS = 6_000
IN_FLIGHT = 500
BEFORE = RECORDS // 4
TRICKLE = range(BEFORE, BEFORE + IN_FLIGHT // 2)


class Frontend(threading.Thread):
    """Publishes the numbers 0 to ``RECORDS`` under keys, and notes how far it has come."""

    def __init__(self, corner: Corner) -> None:
        super().__init__(name="frontend", daemon=True)
        settings = corner.settings.model_copy(update={"kafka_options": SHORT})
        self.publisher = Publisher(settings, max_in_flight=IN_FLIGHT)
        self.handed_in = 0
        self.go_on = threading.Event()

    def run(self) -> None:
        for number in range(RECORDS):
            if number == BEFORE:
                self.go_on.wait()
            if number in TRICKLE:
                time.sleep(0.01)  # so that some are long overdue when others have just been handed in
            self.publisher.publish(ACCEPTED, b"key %d" % (number % 97), b"%d" % number)
            self.handed_in = number + 1
        self.publisher.close()


@pytest.fixture
def bare(own_broker: LocalBroker) -> Iterator[KafkaProducer]:
    """A producer as the library makes it, but for shorter time-outs."""
    producer = KafkaProducer(bootstrap_servers=own_broker.bootstrap_servers, **SHORT)
    yield producer
    producer._sender.force_close()  # what has wedged cannot be closed in public
    producer.close(timeout=5)


@pytest.mark.slow
def test_the_bare_producer_wedges_in_an_outage_and_the_publisher_does_not(
    own_broker: LocalBroker, own_corner: Corner, bare: KafkaProducer
) -> None:
    topic = own_corner.name(RESOLVED)
    for number in range(50):
        bare.send(topic, b"%d" % number, partition=number % 4)
    bare.flush(timeout=10)
    frontend = Frontend(own_corner)
    frontend.start()
    assert eventually(lambda: frontend.handed_in == BEFORE, 20)
    threads, sockets = _held()

    own_broker.pause()
    sent = [bare.send(topic, b"%d" % number, partition=number % 4) for number in range(400)]
    frontend.go_on.set()
    time.sleep(OUTAGE_S)
    waiting = frontend.handed_in - frontend.publisher.acknowledged
    assert waiting <= IN_FLIGHT, "what is not acknowledged must not pile up"
    assert frontend.handed_in < RECORDS, "it must have met the bound"
    own_broker.resume()

    frontend.join(60)
    assert not frontend.is_alive()
    assert frontend.publisher.acknowledged == RECORDS
    assert frontend.publisher.rebuilt > 0
    by_key: dict[bytes | None, list[int]] = defaultdict(list)
    for record in own_corner.read(ACCEPTED):
        assert record.value is not None
        if int(record.value) not in by_key[record.key]:
            by_key[record.key].append(int(record.value))
    assert sum(map(len, by_key.values())) == RECORDS, "acknowledged and yet not in the topic"
    assert all(numbers == sorted(numbers) for numbers in by_key.values()), "sent again, but not in order"
    assert eventually(lambda: all(now <= then for now, then in zip(_held(), (threads, sockets), strict=True)), 15), (
        f"threads and sockets grew from {threads}, {sockets} to {_held()}: the producers it gave up still run"
    )

    assert any(one.failed() for one in sent)
    with pytest.raises(kafka_errors.KafkaTimeoutError):
        bare.send(topic, b"fresh", partition=0).get(timeout=10)


def _held() -> tuple[int, int]:
    """Threads and sockets of this process."""
    return threading.active_count(), len(psutil.Process(os.getpid()).net_connections("inet"))
