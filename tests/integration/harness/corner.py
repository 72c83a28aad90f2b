"""One test's own corner of a cluster: its topics, its workers' environment, and what lies in its topics.

Every name in it begins with a prefix of its own, so that tests share a broker and see nothing of one another. It only
reads and writes as an outsider would (a frontend, an operator): what is under test are the workers.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import yaml
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from deploy.local.crowd_places import SAMPLE_AS_OF
from deploy.local.supervise import Worker
from schemas.campaign import Campaign, CampaignPublished
from schemas.topics import CAMPAIGNS, Topic
from schemas.wire import write
from services.cli.books import Books, balance
from services.pipeline.admin import Topics
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings
from tests.integration.harness.processes import Started

if TYPE_CHECKING:
    from services.pipeline.broker import Record

PROJECT: Final = Path(__file__).resolve().parents[3]
Headers = list[tuple[str, bytes]]


class Corner:
    """A prefix on the cluster at ``bootstrap_servers``, with local files in ``folder``."""

    def __init__(self, bootstrap_servers: str, folder: Path, partitions: int = 4) -> None:
        self.folder = folder
        self.settings = KafkaSettings(
            kafka_bootstrap_servers=bootstrap_servers,
            topic_prefix=f"t{uuid4().hex[:10]}.",
            topic_partitions=partitions,
        )

    def apply_topics(self) -> Corner:
        """Create the declared topics, as `postbag topics apply` does."""
        topics = Topics(self.settings)
        topics.apply()
        topics.close()
        return self

    def publish_campaign(self) -> Campaign:
        """Publish the example campaign, as `postbag campaign publish` does."""
        raw = yaml.safe_load((PROJECT / "campaigns" / "syria-accountability.yaml").read_text("utf-8"))
        campaign = Campaign.model_validate_json(json.dumps(raw))
        event = CampaignPublished(id=campaign.slug, source="/postbag/cli", time=datetime.now(UTC), data=campaign)
        self.publish(CAMPAIGNS, [(campaign.slug.encode(), write(event))])
        return campaign

    def publish(self, topic: Topic, records: Iterable[tuple[bytes, bytes]], **options: Any) -> None:
        """Hand in keys and values and wait until every one is acknowledged."""
        publisher = Publisher(self.settings, **options)
        for key, value in records:
            publisher.publish(topic, key, value)
        publisher.close()

    def produce(
        self,
        topic: Topic,
        records: Iterable[tuple[bytes | None, bytes | None, Headers]],
        partition: int = 0,
        **options: Any,
    ) -> None:
        """Produce with the bare client what ours would not: no value, no key, strange headers. All to one partition."""
        options = {"acks": "all", "linger_ms": 200, **options}
        producer = KafkaProducer(bootstrap_servers=self.settings.kafka_bootstrap_servers, **options)
        sent = [
            producer.send(self.name(topic), value, key, headers=headers or None, partition=partition)
            for key, value, headers in records
        ]
        for one in sent:
            one.get(timeout=30)
        producer.close()

    def read(self, topic: Topic) -> list[Record]:
        """All committed records of a topic, as they are now."""
        reader = KafkaReader(self.settings)
        try:
            return [one for part in range(reader.partitions(topic)) for one in reader.read(topic, part, 0)]
        finally:
            reader.close()

    def books(self) -> Books:
        """The books as they are now."""
        reader = KafkaReader(self.settings)
        try:
            return balance(reader)
        finally:
            reader.close()

    def name(self, topic: Topic) -> str:
        """The topic's full name."""
        return self.settings.topic_prefix + topic.name

    def group(self, service: str) -> str:
        """The consumer group of a service."""
        return f"{self.settings.topic_prefix}postbag-{service}"

    def committed(self, service: str) -> dict[TopicPartition, int]:
        """The offsets that a service has committed."""
        with self.admin() as admin:
            found = admin.list_group_offsets([self.group(service)])[self.group(service)]
            return {place: state.offset for place, state in found.items() if state.offset >= 0}

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """The library's admin client: for what an operator would do by hand."""
        admin = KafkaAdminClient(bootstrap_servers=self.settings.kafka_bootstrap_servers)
        try:
            yield admin
        finally:
            admin.close()

    def environment(self, **settings: object) -> dict[str, str]:
        """Settings for a worker of this corner: ``slot="1"`` is POSTBAG_SLOT=1."""
        mine = {
            "kafka_bootstrap_servers": self.settings.kafka_bootstrap_servers,
            "topic_prefix": self.settings.topic_prefix,
            "topic_partitions": self.settings.topic_partitions,
            "reference_as_of": SAMPLE_AS_OF,
            "state_dir": self.folder / "state",
            "metrics_port": 0,
        }
        return {f"POSTBAG_{name.upper()}": str(value) for name, value in (mine | settings).items()}

    def worker(self, service: str, name: str = "", **settings: object) -> Worker:
        """A service (``resolve``) or a test stage (``stages:copy``) as a supervised worker."""
        return Worker(name or service, command(service), self.environment(**settings))

    def start(self, service: str, log_name: str = "", **settings: object) -> Started:
        """The same as a process of its own, ended at the end of its ``with`` block at the latest."""
        slot = settings.get("slot", "0")
        log = self.folder / f"{log_name or service.replace(':', '-')}-{slot}.log"
        return Started(command(service), self.environment(**settings), log)


def command(service: str) -> tuple[str, ...]:
    """The argument list of a service, or of one of the test stages."""
    module, _, stage = service.partition(":")
    if stage:
        return (sys.executable, "-m", f"tests.integration.harness.{module}", stage)
    return (sys.executable, "-m", f"services.{service}")


def seed() -> int:
    """The run's seed, printed so that a failing run can be had again with POSTBAG_TEST_SEED."""
    chosen = int(os.environ.get("POSTBAG_TEST_SEED") or int.from_bytes(os.urandom(4)))
    print(f"POSTBAG_TEST_SEED={chosen}")
    return chosen
