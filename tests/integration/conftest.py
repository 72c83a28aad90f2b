"""Fixtures of the integration tests: a corner of the shared broker for each test, or of a broker of its own."""

from pathlib import Path

import pytest

from deploy.local.broker import LocalBroker
from tests.conftest import Cluster

pytest.register_assert_rewrite("tests.integration.harness")

from tests.integration.harness.corner import Corner  # noqa: E402 - its assertions are to explain themselves as well


@pytest.fixture
def corner(broker: Cluster, tmp_path: Path) -> Corner:
    """Topics of this test's own on the shared broker, four partitions each."""
    return Corner(broker.bootstrap_servers, tmp_path).apply_topics()


@pytest.fixture
def own_corner(own_broker: LocalBroker, tmp_path: Path) -> Corner:
    """The same on a broker that the test may kill, pause and restart."""
    return Corner(own_broker.bootstrap_servers, tmp_path).apply_topics()
