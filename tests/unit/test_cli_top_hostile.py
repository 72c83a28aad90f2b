"""`postbag top` on a bad day: hostile words in records, terminals of a few columns, looks that end as nobody thought of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest
from rich.console import Console
from rich.live import Live

from schemas.control import Control, ControlGiven
from services.cli.top.screen import screen
from services.cli.top.watching import Watching
from services.observe.seen import CampaignSeen, StageSeen, Survey
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.observed import surveyor

NOW = made.NOW.timestamp()


def quiet(folder: Path) -> Survey:
    """What is seen where nothing is."""
    return surveyor(Ground(), folder, now=lambda: NOW).look()


def test_nothing_that_a_survey_holds_steers_the_terminal_or_is_taken_for_markup(tmp_path: Path) -> None:
    hostile = "[/bold]\x1b[2J\x9b31m[red]\x07"
    pause = Control(scope="office", name="HNY13", action="pause", reason=hostile)
    bad = replace(
        quiet(tmp_path),
        dead={(hostile, hostile): 1},
        held={hostile: 2},
        in_doubt={hostile: 3},
        stages=(StageSeen(hostile, 1, 1.0, 1, 1.0),),
        campaigns=(CampaignSeen(hostile, {"pending": 1}),),
        missing=(hostile,),
        controls=(ControlGiven(id="1", source="/postbag/cli", time=made.NOW, data=pause),),
    )
    for only in (None, hostile):
        console = Console(width=200, force_terminal=False, color_system=None)
        with console.capture() as capture:
            console.print(screen(bad, now=NOW, campaign=only, trouble=hostile))
        text = capture.get()
        assert [char for char in text if not char.isprintable() and char != "\n"] == []
        assert text.count("[/bold]") >= 7


@pytest.mark.parametrize(("width", "height"), [(1, 1), (10, 3), (20, 5), (40, 10)])
def test_a_terminal_that_is_far_too_small_is_drawn_on_all_the_same(tmp_path: Path, width: int, height: int) -> None:
    console = Console(width=width, height=height, force_terminal=True, color_system=None)
    with console.capture() as capture, Live(console=console, screen=True, auto_refresh=False) as live:
        live.update(screen(quiet(tmp_path), rows=3, now=NOW), refresh=True)
    assert "\x1b[?1049l" in capture.get(), "and given back as it was"


def test_a_look_that_ends_in_a_way_that_nobody_thought_of_is_told_and_taken_up_again() -> None:
    class Looks:
        looks = 0

        def look(self, beat: Callable[[], None] = lambda: None) -> Survey:
            Looks.looks += 1
            raise ValueError("a client's own")

        def close(self) -> None:
            raise OSError("it was not open")

    watching = Watching(Looks, 0.01)
    watching.start()
    until = monotonic() + 5
    while Looks.looks < 2 and monotonic() < until:
        sleep(0.01)
    watching.stop()
    assert Looks.looks >= 2
    assert watching.trouble == "the look ended with ValueError"
