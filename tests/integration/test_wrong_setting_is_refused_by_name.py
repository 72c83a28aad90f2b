"""A worker that could not keep its promises does not start: it names the setting that is wrong, and what to do."""

import json
from pathlib import Path

import pytest

from tests.conftest import Cluster
from tests.integration.harness.corner import Corner

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "option",
    [
        {"isolation_level": "read_uncommitted"},
        {"enable_auto_commit": True},
        {"auto_offset_reset": "latest"},
        {"allow_auto_create_topics": True},
        {"check_crcs": False},
        {"acks": 1},
        {"enable_idempotence": False},
        {"transactional_id": "mine"},
        {"isolation_levle": "read_committed"},
    ],
    ids=lambda option: next(iter(option)),
)
def test_a_client_option_that_undoes_a_guarantee(corner: Corner, option: dict[str, object]) -> None:
    with corner.start("stages:copy", kafka_options=json.dumps(option)) as worker:
        assert worker.wait(30) == 2
        assert "POSTBAG_KAFKA_OPTIONS" in worker.said()
        assert next(iter(option)) in worker.said()


@pytest.mark.parametrize("service", ["ingest", "resolve", "render", "deliver"])
def test_missing_topics(broker: Cluster, service: str, tmp_path: Path) -> None:
    bare = Corner(broker.bootstrap_servers, tmp_path)
    with bare.start(service) as worker:
        assert worker.wait(60) == 2
        assert "postbag topics apply" in worker.said()
        assert bare.settings.topic_prefix in worker.said()
