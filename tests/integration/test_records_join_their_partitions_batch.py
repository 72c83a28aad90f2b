"""Records of a transaction go straight into their partition's batch, and arrive as if the library had taken each of them.

Batches are small here, so that they fill all the time, and are sent in the middle of a transaction as well as at its end.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka import errors as kafka_errors

from schemas.topics import RESOLVED
from services.pipeline.kafka_options import producer_options
from services.pipeline.producer import Producer
from services.pipeline.settings import WorkerSettings
from tests.conftest import Cluster
from tests.integration.harness.corner import Corner

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

Sent = tuple[int, bytes | None, bytes, list[tuple[str, bytes]]]
_SMALL_BATCH = 2_000


def records(first: int, count: int) -> list[Sent]:
    """To three partitions; every fifth has headers, every seventh no key, and every fiftieth is larger than a batch."""
    return [
        (
            number % 3,
            b"%d" % number if number % 7 else None,
            b"value %d" % number * (400 if number % 50 == 0 else 5),
            [("name", b"%d" % number)] if number % 5 == 0 else [],
        )
        for number in range(first, first + count)
    ]


def test_what_joins_a_batch_arrives_once_in_order_and_only_if_it_is_committed(
    broker: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corner = Corner(broker.bootstrap_servers, tmp_path).apply_topics()
    settings = WorkerSettings(
        kafka_bootstrap_servers=broker.bootstrap_servers, topic_prefix=corner.settings.topic_prefix
    )
    the_long_way = 0
    send_of_the_library = KafkaProducer.send

    def counted(*arguments: Any) -> Any:
        nonlocal the_long_way
        the_long_way += 1
        return send_of_the_library(*arguments)

    monkeypatch.setattr(KafkaProducer, "send", counted)
    producer = Producer(**producer_options(settings, "copy") | {"batch_size": _SMALL_BATCH})
    producer.init_transactions()
    written: list[Sent] = []

    def transaction(some: list[Sent], *, keep: bool) -> None:
        producer.begin_transaction()
        sent = []
        for number, (partition, key, value, headers) in enumerate(some):
            sent.append(producer.send(corner.name(RESOLVED), value, key, headers, partition))
            if number % 60 == 59:
                producer.flush(10)
        producer.confirm(sent)
        if keep:
            producer.commit_transaction()
            written.extend(some)
        else:
            producer.abort_transaction()

    transaction(records(0, 500), keep=True)
    transaction(records(500, 40), keep=False)
    transaction(records(600, 500), keep=True)
    with pytest.raises(kafka_errors.KafkaError):
        producer.send(corner.name(RESOLVED), b"outside of any transaction", b"key", None, 0)
    producer.leave()

    arrived = [(one.partition, one.key, one.value, [*one.headers]) for one in corner.read(RESOLVED)]
    for partition in range(3):
        assert [one for one in arrived if one[0] == partition] == [one for one in written if one[0] == partition]
    assert the_long_way < len(written) / 4, "most join the batch of another"
