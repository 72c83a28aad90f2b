"""A report lies on the partition of its office, where deliver's own records of that office are, on a real broker."""

from __future__ import annotations

import json
from pathlib import Path
from zlib import crc32

import pytest
from click.testing import CliRunner

from schemas.report import LetterReported
from schemas.topics import REPORTS
from schemas.wire import read
from services.cli.__main__ import postbag
from services.pipeline.admin import Topics
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.settings import KafkaSettings
from tests.conftest import Cluster
from tests.unit.returned_mail import LETTER, notification


@pytest.mark.integration
def test_reports_land_where_their_office_is_read(
    broker: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = "reports-land."
    settings = KafkaSettings(kafka_bootstrap_servers=broker.bootstrap_servers, topic_prefix=prefix, topic_partitions=5)
    topics = Topics(settings)
    topics.apply()
    topics.close()
    monkeypatch.setenv("POSTBAG_KAFKA_BOOTSTRAP_SERVERS", broker.bootstrap_servers)
    monkeypatch.setenv("POSTBAG_TOPIC_PREFIX", prefix)
    (tmp_path / "mail.eml").write_bytes(notification())
    result = CliRunner().invoke(postbag, ["reports", "read", str(tmp_path / "mail.eml"), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["published"]) == (0, True)
    reader = KafkaReader(settings)
    found = {number: list(reader.read(REPORTS, number, 0)) for number in range(reader.partitions(REPORTS))}
    reader.close()
    assert len(found) == 5
    (record,) = found.pop(crc32(b"HNY13") % 5)
    assert not any(found.values())
    assert record.key == LETTER.encode()
    assert read(LetterReported, record.value).data.office == "HNY13"
