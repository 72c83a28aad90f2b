"""A worker knows the campaigns that are published, and made-up names cost it nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from schemas.campaign import Campaign, CampaignPublished
from schemas.publish import EXAMPLES
from schemas.topics import ALL, CAMPAIGNS, Topic
from schemas.wire import read, write
from services.pipeline.broker import Record
from services.pipeline.campaigns import Campaigns
from services.pipeline.memory import MemoryBroker, MemoryReader

EVENT = read(CampaignPublished, (EXAMPLES / "org.postbag.campaign.published.v1" / "full.json").read_bytes())


class Follower:
    """Campaigns over an in-memory broker, a clock that a test sets, and a count of the looks at the topic."""

    def __init__(self) -> None:
        self.now = 100.0
        self.broker = MemoryBroker(ALL)
        self.looks = 0
        self.changes: list[tuple[str, int | None]] = []

    def publish(self, slug: str = "rivers", version: int = 1) -> None:
        campaign = EVENT.data.model_copy(update={"slug": slug, "version": version})
        self.broker.publish(CAMPAIGNS, slug.encode(), write(EVENT.model_copy(update={"data": campaign})))

    def follow(self) -> Campaigns:
        def changed(slug: str, campaign: Campaign | None) -> None:
            self.changes.append((slug, campaign.version if campaign else None))

        return Campaigns(lambda: _Counted(self), changed, lambda: self.now)


class _Counted(MemoryReader):
    def __init__(self, follower: Follower) -> None:
        super().__init__(follower.broker)
        self._follower = follower

    def end(self, topic: Topic, partition: int) -> int:
        self._follower.looks += 1
        return super().end(topic, partition)

    def read(self, topic: Topic, partition: int, start: int) -> Iterator[Record]:
        for record in super().read(topic, partition, start):
            assert record.offset >= start
            yield record


@pytest.fixture
def follower() -> Follower:
    return Follower()


def version(campaigns: Campaigns, slug: str = "rivers") -> int | None:
    found = campaigns.get(slug)
    return found.version if found else None


def test_what_was_published_before_it_started_is_known_in_its_last_version(follower: Follower) -> None:
    follower.publish(version=1)
    follower.publish("forests", version=4)
    follower.publish(version=2)
    campaigns = follower.follow()
    assert (version(campaigns), version(campaigns, "forests")) == (2, 4)
    assert follower.changes == [("rivers", 1), ("forests", 4), ("rivers", 2)]


def test_news_is_found_between_batches_but_not_looked_for_at_every_one(follower: Follower) -> None:
    follower.publish(version=1)
    campaigns = follower.follow()
    follower.publish(version=2)
    looks = follower.looks
    for _ in range(100):
        campaigns.refresh()
    assert (follower.looks, version(campaigns)) == (looks, 1)
    follower.now += 5
    campaigns.refresh()
    assert (follower.looks, version(campaigns)) == (looks + 1, 2)
    assert follower.changes == [("rivers", 1), ("rivers", 2)], "what is known is not read again"


def test_a_submission_that_overtakes_its_campaign_makes_it_look(follower: Follower) -> None:
    campaigns = follower.follow()
    follower.publish(version=1)
    follower.now += 1.5
    assert version(campaigns) == 1


def test_made_up_names_make_it_look_once_a_second_at_most(follower: Follower) -> None:
    campaigns = follower.follow()
    looks = follower.looks
    for number in range(1_000):
        follower.now += 0.01
        assert campaigns.get(f"made-up-{number}") is None
    assert follower.looks - looks <= 10


def test_a_withdrawn_campaign_is_gone(follower: Follower) -> None:
    follower.publish()
    campaigns = follower.follow()
    follower.broker.publish(CAMPAIGNS, b"rivers", None)
    follower.now += 5
    campaigns.refresh()
    assert campaigns.get("rivers") is None
    assert follower.changes == [("rivers", 1), ("rivers", None)]


def test_what_cannot_be_read_leaves_the_others_and_the_version_before_it(
    follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    follower.publish(version=1)
    follower.broker.publish(CAMPAIGNS, b"rivers", b'{"canary": 1}')
    follower.broker.publish(CAMPAIGNS, b"rivers", json.dumps({"type": "org.postbag.campaign.published.v2"}).encode())
    follower.publish("forests", version=3)
    with caplog.at_level(logging.ERROR):
        campaigns = follower.follow()
    assert (version(campaigns), version(campaigns, "forests")) == (1, 3)
    assert [record.message for record in caplog.records] == ["campaign_unreadable"] * 2
    assert "canary" not in caplog.text
