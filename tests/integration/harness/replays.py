"""What an operator does to have things done again: reset the group's offsets, or put dead letters back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kafka import KafkaProducer
from kafka.admin import MemberToRemove
from kafka.errors import NoError
from kafka.structs import OffsetAndMetadata

from tests.integration.harness.corner import Corner

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.broker import Record


def rewind(corner: Corner, service: str, topics: Sequence[Topic], slot: int = 0) -> int:
    """Let a service that does not run read ``topics`` from the beginning; returns how many records that are."""
    names = {corner.name(topic) for topic in topics}
    committed = {place: offset for place, offset in corner.committed(service).items() if place.topic in names}
    with corner.admin() as admin:
        # A static member stays for a while after its end, and a group with members takes no other offsets.
        member = MemberToRemove(group_instance_id=f"{corner.settings.topic_prefix}postbag-{service}-{slot}")
        admin.remove_group_members(corner.group(service), [member])
        start = OffsetAndMetadata(0, "", -1)
        answers = admin.alter_group_offsets(corner.group(service), dict.fromkeys(committed, start))
    assert set(answers.values()) == {NoError}
    return sum(committed.values())


def put_back(corner: Corner, dead: Sequence[Record]) -> None:
    """Put dead letters back to where they came from, as docs/dead-letters.md has it: without what their parking added."""
    producer = KafkaProducer(bootstrap_servers=corner.settings.kafka_bootstrap_servers, acks="all")
    for record in dead:
        notes = dict(record.headers)
        topic, partition = (notes[f"postbag-source-{name}"] or b"" for name in ("topic", "partition"))
        own = [(name, value) for name, value in record.headers if not _added(name)]
        producer.send(topic.decode(), record.value, record.key, headers=own, partition=int(partition)).get(timeout=30)
    producer.close()


def _added(header: str) -> bool:
    """Whether the parking wrote it, and not a tier: that one tells how often the letter was tried."""
    return header.startswith(("postbag-dead-", "postbag-source-")) or header == "postbag-version"
