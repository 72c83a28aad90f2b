"""The local broker is a real one: it serves a client, keeps what it acknowledged, and is gone when stopped."""

import json
import socket
from pathlib import Path

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.local import probe, record
from deploy.local.broker import LocalBroker
from deploy.local.errors import AlreadyRunsError, BrokerFailedError, DataFolderError, PortTakenError
from deploy.local.ports import HOST, free_port, is_free

pytestmark = pytest.mark.integration
TOPIC = "kept"


def produce(bootstrap_servers: str, values: list[bytes]) -> None:
    """Send the values in order and return once the broker has acknowledged every one."""
    producer = KafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")
    try:
        sent = [producer.send(TOPIC, value, partition=0) for value in values]
        for one in sent:
            one.get(timeout=20)
    finally:
        producer.close()


def consume(bootstrap_servers: str, count: int) -> list[bytes]:
    """The first `count` values of the topic, or as many as came within 20 seconds."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest", enable_auto_commit=False, group_id=None
    )
    try:
        consumer.assign([TopicPartition(TOPIC, 0)])
        values: list[bytes] = []
        for _ in range(20):
            for records in consumer.poll(1000).values():
                values += [one.value for one in records]
            if len(values) >= count:
                break
        return values
    finally:
        consumer.close()


def create_topic(bootstrap_servers: str) -> None:
    """One partition is enough to see order."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        admin.create_topics([NewTopic(TOPIC, 1, 1)])
    finally:
        admin.close()


def test_it_serves_a_client_and_keeps_what_it_acknowledged_through_a_kill_and_a_restart(tmp_path: Path) -> None:
    values = [b"%d" % number for number in range(200)]
    with LocalBroker(tmp_path / "home") as broker:
        create_topic(broker.bootstrap_servers)
        produce(broker.bootstrap_servers, values[:100])
        killed, port = broker.pid, broker.port

        broker.kill()
        assert not psutil.pid_exists(killed)
        assert not probe.answers(HOST, port)
        broker.start()
        assert broker.port == port, "clients keep the address they were given"
        produce(broker.bootstrap_servers, values[100:])

        broker.restart()
        assert broker.port == port
        assert consume(broker.bootstrap_servers, len(values)) == values
        java = broker.pid
    assert not psutil.pid_exists(java)
    assert is_free(port)
    assert record.running(broker.home) is None
    assert not (broker.home / "broker.json").exists()


def test_a_paused_broker_does_not_answer_and_a_resumed_one_does(own_broker: LocalBroker) -> None:
    own_broker.pause()
    with pytest.raises(BrokerFailedError, match="did not answer within 1 s"):
        own_broker.wait_until_answering(1)
    own_broker.resume()
    own_broker.wait_until_answering(30)


def test_a_paused_broker_can_be_stopped(own_broker: LocalBroker) -> None:
    java = own_broker.pid
    own_broker.pause()
    own_broker.stop()
    assert not psutil.pid_exists(java)


def test_settings_are_laid_over_ours(tmp_path: Path) -> None:
    broker = LocalBroker(tmp_path / "home", settings={"message.max.bytes": "nonsense"})
    with pytest.raises(BrokerFailedError, match=r"message\.max\.bytes"):
        broker.start()


def test_a_second_broker_in_the_same_home_is_refused(own_broker: LocalBroker) -> None:
    with pytest.raises(AlreadyRunsError, match="already runs"):
        LocalBroker(own_broker.home).start()
    own_broker.wait_until_answering(5)


def test_a_taken_port_is_refused_by_number(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, free_port()))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            LocalBroker(tmp_path / "home", port).start()
    assert not (tmp_path / "home" / "data").exists()


@pytest.mark.parametrize(
    ("known", "found", "said"),
    [
        (None, "one", "another cluster"),
        ({"cluster_id": "two", "kafka": "4.1.0"}, "one", "another cluster"),
        ({"cluster_id": "one", "kafka": "99.0.0"}, "one", "Kafka 99.0.0"),
    ],
)
def test_the_data_of_another_cluster_or_a_newer_kafka_is_refused(
    tmp_path: Path, known: dict[str, str] | None, found: str, said: str
) -> None:
    (tmp_path / "data").mkdir()
    meta = tmp_path / "data" / "meta.properties"
    meta.write_text(f"node.id=1\nversion=1\ncluster.id={found}\n", "utf-8")
    if known:
        (tmp_path / "cluster.json").write_text(json.dumps(known), "utf-8")
    with pytest.raises(DataFolderError, match=said):
        LocalBroker(tmp_path).start()
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["meta.properties"]
