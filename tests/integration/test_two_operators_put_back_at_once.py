"""Two operators put the same dead letters back at once: the later goes on, the other is told, and each record comes once."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schemas.topics import DEAD_SETTLED, RESOLVED
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.operators import begin, command, died_in_render
from tests.integration.harness.people import submission_id
from tests.integration.harness.processes import eventually
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

PEOPLE = 400
REPLAY = ("dead", "replay", "--all")


@contextmanager
def asked(corner: Corner) -> Iterator[subprocess.Popen[bytes]]:
    """A replay that waits for its operator's answer; what it says goes to its log."""
    log = corner.folder / "later.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command(*REPLAY, "--rate", "2000"),
            env={**os.environ, **corner.environment()}, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        assert eventually(lambda: b"dead letters? [y/N]" in log.read_bytes(), 60), log.read_text()
        yield process
    finally:
        process.kill()
        process.wait(10)


def test_the_later_goes_on_where_the_earlier_stood_who_is_told_so(corner: Corner) -> None:
    """The later one was asked while the earlier was at work: what it counted is not what is left when it says yes."""
    people = died_in_render(corner, PEOPLE, seed())
    with Watch(corner, (RESOLVED, DEAD_SETTLED), submission_id) as watch:
        with begin(corner, "earlier", *REPLAY, "--yes", "--rate", "20") as earlier:
            assert eventually(lambda: watch.count(DEAD_SETTLED) > 0, 60), earlier.tail()
            with asked(corner) as later:
                before = watch.count(DEAD_SETTLED)
                assert eventually(lambda: watch.count(DEAD_SETTLED) >= before + 40, 60), "the earlier goes on meanwhile"
                later.communicate(b"y\n", timeout=60)
                assert later.returncode == 0
            assert earlier.wait(30) == 3, earlier.tail()
            assert "goes on in this one's place" in earlier.text()
            assert "Traceback" not in earlier.text()
        watch.await_count(RESOLVED, 2 * PEOPLE, 30)
        assert Counter(watch.kept(RESOLVED)) == dict.fromkeys(people, 2), "lost or doubled"
        assert len(set(watch.kept(DEAD_SETTLED))) == watch.count(DEAD_SETTLED) == PEOPLE


def test_begun_at_the_same_moment_they_put_each_record_back_once(corner: Corner) -> None:
    people = died_in_render(corner, PEOPLE, seed())
    with Watch(corner, (RESOLVED, DEAD_SETTLED), submission_id) as watch:
        with (
            begin(corner, "one", *REPLAY, "--yes", "--rate", "200") as one,
            begin(corner, "two", *REPLAY, "--yes", "--rate", "200") as two,
            begin(corner, "three", *REPLAY, "--yes", "--rate", "200") as three,
        ):
            ends = Counter(each.wait(90) for each in (one, two, three))
        assert ends[0] >= 1
        assert ends[0] + ends[3] == 3, ends
        watch.await_count(RESOLVED, 2 * PEOPLE, 30)
        assert Counter(watch.kept(RESOLVED)) == dict.fromkeys(people, 2), "lost or doubled"
        assert len(set(watch.kept(DEAD_SETTLED))) == watch.count(DEAD_SETTLED) == PEOPLE
