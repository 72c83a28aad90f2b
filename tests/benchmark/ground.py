"""The ground of a run: a broker, topics under a prefix of their own, a campaign, and submissions to work on."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from deploy.local.broker import LocalBroker
from deploy.local.crowd import ALL_GOOD, crowd
from deploy.local.crowd_places import SAMPLE_AS_OF
from schemas.topics import SUBMISSIONS
from services.cli.campaign import load_campaign, publish_campaign
from services.pipeline.admin import Topics
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings

CAMPAIGN = Path("campaigns/syria-accountability.yaml")
_numbers = count(1)


class Ground:
    """One installation on the run's broker. ``env`` is what its workers are given."""

    def __init__(self, broker: LocalBroker, home: Path, partitions: int, **env: str) -> None:
        self.prefix = f"bench{next(_numbers)}."
        self.servers = broker.bootstrap_servers
        self.folder = home / self.prefix.rstrip(".")
        self.folder.mkdir(parents=True)
        self.settings = KafkaSettings(
            kafka_bootstrap_servers=self.servers, topic_prefix=self.prefix, topic_partitions=partitions
        )
        self.env = {
            "POSTBAG_KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "POSTBAG_TOPIC_PREFIX": self.prefix,
            "POSTBAG_REFERENCE_AS_OF": SAMPLE_AS_OF,
            "POSTBAG_STATE_DIR": str(self.folder / "state"),
            "POSTBAG_OUTBOX_DIR": str(self.folder / "outbox"),
            "POSTBAG_SESSION_TIMEOUT_SECONDS": "60",
            **env,
        }
        topics = Topics(self.settings)
        topics.apply()
        topics.close()
        self.publisher = Publisher(self.settings, max_in_flight=20_000)
        self.campaign = load_campaign(CAMPAIGN)
        publish_campaign(self.publisher, self.campaign)

    def fill(self, people: int, seed: int = 1) -> None:
        """Put ``people`` good submissions on the topic, and wait until they are acknowledged."""
        for sent in crowd(seed, people, self.campaign.slug, ALL_GOOD):
            self.publisher.publish(SUBMISSIONS, sent.key, sent.value, list(sent.headers))
        self.publisher.flush()
