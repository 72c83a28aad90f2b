"""The Kafka of deploy/compose.yaml, its ports moved to free ones, is a broker that takes Postbag's topics and transactions.

The image makes properties of its variables; the jars that the tests run are of the same version. So what is misspelt there,
or does not fit together, shows here without a container.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from deploy.local.broker import LocalBroker
from deploy.local.ports import HOST as LOOPBACK
from deploy.local.ports import free_port
from services.pipeline.admin import Topics
from services.pipeline.settings import KafkaSettings, load
from tests.unit.one_host import HOST, filled

pytestmark = pytest.mark.integration
KAFKA = HOST["services"]["kafka"]
NO_PROPERTIES = {"KAFKA_HEAP_OPTS", "KAFKA_LOG_DIRS"}
"""For Java, and a folder of the container."""


def properties(ports: dict[str, int]) -> dict[str, str]:
    """What the image writes into the broker's file: underscores become dots."""
    found = {
        name.removeprefix("KAFKA_").replace("_", ".").lower(): filled(value)
        for name, value in KAFKA["environment"].items()
        if name.startswith("KAFKA_") and name not in NO_PROPERTIES
    }
    for name in ("listeners", "advertised.listeners", "controller.quorum.voters"):
        moved = found[name].replace("://:", f"://{LOOPBACK}:").replace("kafka:", f"{LOOPBACK}:")
        found[name] = re.sub(r":(909\d)\b", lambda port: f":{ports[port[1]]}", moved)
    return found


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    taken: list[int] = []
    for _ in range(3):
        taken.append(free_port(*taken))
    return dict(zip(("9092", "9093", "9094"), taken, strict=True))


@pytest.fixture(scope="module")
def kafka(ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBroker]:
    home: Path = tmp_path_factory.mktemp("one-host")
    with LocalBroker(home, ports["9092"], settings=properties(ports)) as started:
        yield started


def test_it_serves_services_and_frontends_each_at_their_own_address(kafka: LocalBroker, ports: dict[str, int]) -> None:
    topics = Topics(load(KafkaSettings, kafka_bootstrap_servers=f"{LOOPBACK}:{ports['9092']}"))
    assert {change.action for change in topics.apply()} == {"create"}
    assert topics.plan() == []
    topics.close()
    address = f"{LOOPBACK}:{ports['9094']}"
    frontend = KafkaProducer(
        bootstrap_servers=address, transactional_id="frontend", acks="all", max_request_size=8 << 20
    )
    try:
        frontend.init_transactions()
        frontend.begin_transaction()
        sent = frontend.send("submissions", b"x" * 2_000_000, partition=0)
        frontend.commit_transaction()
        assert sent.get(timeout=20).offset == 0
        told = {broker.port for broker in frontend._metadata.brokers()}
        assert told == {ports["9094"]}, "a frontend on the host cannot find the services' address"
    finally:
        frontend.close()


def test_every_property_is_one_that_kafka_knows_and_has_taken(kafka: LocalBroker, ports: dict[str, int]) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    try:
        described = admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, "1")], config_filter="all")
    finally:
        admin.close()
    has = {name: entry["value"] for name, entry in described["broker"]["1"].items()}
    wanted = properties(ports)
    assert len(wanted) > 15
    assert {name: has.get(name) for name in wanted} == wanted
