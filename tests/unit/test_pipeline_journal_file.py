"""The crash journal's file: whatever happened to it, a worker starts, and nothing but offsets is in it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.pipeline.broker import Batch, Partition
from services.pipeline.memory import MemoryRecord
from tests.unit.lives import ONE, TWO, journal, records, unwanted

_HOSTILE = ('{"open": [["a", 0, "x", "y"]], "died": []}', '{"open": [[[], 0, 1, 2]]}', "[" * 50_000)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
_LIKE_IT = st.fixed_dictionaries({}, optional=dict.fromkeys(("open", "died", "once"), _JSON))
_ROWS = st.lists(st.lists(st.sampled_from(["accepted", 0, 1, 2, -1, None, 1.5, "x", 2**70]), max_size=5), max_size=3)
_ROWED = st.fixed_dictionaries(dict.fromkeys(("open", "died", "once"), _ROWS))


@given(st.binary(max_size=80) | (_JSON | _LIKE_IT | _ROWED).map(lambda kept: json.dumps(kept).encode()))
@example(_HOSTILE[0].encode())
@example(_HOSTILE[1].encode())
@example(_HOSTILE[2].encode())
def test_a_journal_damaged_in_any_way_does_not_stop_a_worker(damage: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        path.write_bytes(damage)
        with journal(path) as kept:
            batch: Batch = {ONE: records(ONE, 0, 3), TWO: records(TWO, 0, 3)}
            for _ in range(8):
                put_back: dict[Partition, int] = {}
                admitted, _killer = kept.admit(batch, put_back.__setitem__)
                assert all(admitted.values())
                kept.handled()
                kept.committed(admitted)
                batch = {place: records(place, offset, 3) for place, offset in put_back.items()}
                if not batch:
                    break
            assert not batch
        assert json.loads(path.read_bytes()).keys() == {"open", "died", "once"}, "mended by being written"


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_journal_cut_short_is_begun_afresh(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal"
    with journal(path) as kept:
        kept.admit({ONE: records(ONE, 0, 9)}, put_back=unwanted)
    path.write_bytes(path.read_bytes()[:-cut])
    with journal(path) as kept:
        assert kept.admit({ONE: records(ONE, 0, 9)}, put_back=unwanted) == ({ONE: records(ONE, 0, 9)}, False)


def test_it_holds_offsets_and_nothing_else(tmp_path: Path) -> None:
    with journal(tmp_path / "journal") as kept:
        record = MemoryRecord(*ONE, 7, 0, b"canary", b"canary", [("canary", b"canary")])
        kept.admit({ONE: [record]}, put_back=unwanted)
    assert "canary" not in (tmp_path / "journal").read_text("ascii")
    assert '["accepted",0,7,7]' in (tmp_path / "journal").read_text("ascii")


def test_a_journal_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text('{"open": [], "died": [[["accepted", 0, 3, 3], 3]]}')
    with journal(tmp_path / "journal") as kept:
        assert kept.admit({ONE: records(ONE, 3, 3)}, put_back=unwanted) == ({ONE: records(ONE, 3, 3)}, True)
