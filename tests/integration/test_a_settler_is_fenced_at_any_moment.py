"""Whenever a second settler of a role is opened, the first says that it was fenced, and its open portion never happened."""

from __future__ import annotations

import time
from typing import Any

import pytest

from schemas.topics import RESOLVED
from services.pipeline.errors import Fenced
from services.pipeline.settler import Sending, Settler
from tests.integration.harness.corner import Corner

pytestmark = [pytest.mark.integration, pytest.mark.fault]


def portion(corner: Corner, key: bytes) -> list[Sending]:
    """A record for each of four partitions."""
    return [Sending(corner.name(RESOLVED), partition, key, b"value") for partition in range(4)]


@pytest.mark.parametrize("moment", ["begin_transaction", "send", "flush", "commit_transaction"])
def test_it_is_told_so_and_only_whole_portions_are_there(
    corner: Corner, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    first = Settler(corner.settings, "dead")
    first.settle(portion(corner, b"before"))
    others: list[Settler] = []
    real = getattr(first._producer, moment)

    def overtaken(*arguments: Any, **options: Any) -> Any:
        if not others:
            others.append(Settler(corner.settings, "dead"))
        done = real(*arguments, **options)
        if moment == "send":
            first._producer._sender.wakeup()
            time.sleep(0.3)  # so that the library learns of it between two records
        return done

    monkeypatch.setattr(first._producer, moment, overtaken)
    with pytest.raises(Fenced, match="goes on in this one's place"):
        first.settle(portion(corner, b"lost"))
    first.close()
    others[0].settle(portion(corner, b"after"))
    others[0].close()
    keys = [record.key or b"" for record in corner.read(RESOLVED)]
    assert sorted(keys) == [b"after"] * 4 + [b"before"] * 4


def test_settlers_of_two_roles_leave_one_another_alone(corner: Corner) -> None:
    dead, held = Settler(corner.settings, "dead"), Settler(corner.settings, "held")
    for settler in (dead, held, dead):
        settler.settle(portion(corner, b"key"))
    dead.close()
    held.close()
    assert len(corner.read(RESOLVED)) == 12
