"""Operators hold letters back and let them go: what they are told is what the workers obey, on a broker in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner, Result

from schemas.ledger import State
from schemas.topics import CONTROLS
from services.cli.__main__ import postbag
from services.cli.campaign import load_campaign, publish_campaign
from services.cli.controls import cancelling, orders
from services.pipeline.controls import Controls
from services.pipeline.memory import MemoryBroker, MemoryReader
from tests.unit import made
from tests.unit.campaign_desk import MemoryPublisher, campaign_file, on_memory
from tests.unit.ground import Ground

if TYPE_CHECKING:
    from services.pipeline.publisher import Publisher


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryBroker:
    """With the campaign rivers published."""
    broker = on_memory(monkeypatch, Ground())
    for module in (orders, cancelling):
        monkeypatch.setattr(module, "KafkaReader", lambda _: MemoryReader(broker))
    monkeypatch.setattr(orders, "Publisher", lambda _: MemoryPublisher(broker))
    publish_campaign(cast("Publisher", MemoryPublisher(broker)), load_campaign(campaign_file(tmp_path)))
    return broker


def run(*arguments: str, **options: Any) -> Result:
    result = CliRunner().invoke(postbag, list(arguments), **options)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


def workers(broker: MemoryBroker) -> Controls:
    return Controls(lambda: MemoryReader(broker))


@pytest.mark.parametrize(
    ("option", "what"),
    [
        (["--campaign", "rivers"], "campaign rivers"),
        (["--office", "HNY12"], "office HNY12"),
        (["--channel", "cwc-house"], "channel cwc-house"),
        (["--all"], "everything"),
    ],
)
def test_what_is_paused_is_held_by_the_workers_until_it_is_resumed(
    broker: MemoryBroker, option: list[str], what: str
) -> None:
    result = run("pause", *option, "--reason", "the office asked")
    assert result.stdout == f"Paused {what}, until `postbag resume {' '.join(option)}`.\n"
    assert workers(broker).pause("rivers", "HNY12", "cwc-house") is not None
    assert workers(broker).pause("forests", "SNY01", "smtp") is None or what == "everything"
    assert f"{what} " in run("controls").stdout
    assert run("resume", *option).stdout == f"Resumed {what}.\n"
    assert workers(broker).pause("rivers", "HNY12", "cwc-house") is None
    assert broker.records(CONTROLS)[-1].value is None, "compaction forgets it"
    assert run("controls").stdout == "Nothing is held back.\n"


def test_a_pause_with_an_end_ends_by_itself_and_programs_are_told_when(broker: MemoryBroker) -> None:
    before = datetime.now(UTC)
    said = json.loads(run("pause", "--office", "HNY12", "--reason", "moving", "--for", "1h30m", "--json").stdout)
    until = datetime.fromisoformat(said["until"])
    assert timedelta(minutes=89) < until - before < timedelta(minutes=91)
    found = {"scope": "office", "name": "HNY12", "action": "pause", "reason": "moving", "replaces": None}
    assert said | found == said
    held = workers(broker).pause("rivers", "HNY12", "smtp")
    assert held is not None
    assert held.until == until.timestamp()
    assert json.loads(run("controls", "--json").stdout) == [{k: v for k, v in said.items() if k != "replaces"}]


def test_a_second_pause_replaces_the_first_and_says_so(broker: MemoryBroker) -> None:
    run("pause", "--campaign", "rivers", "--reason", "a typo in the letter", "--for", "1d")
    again = run("pause", "--campaign", "rivers", "--reason", "the typo is not mended")
    assert "This replaces the pause of " in again.stdout
    assert "(a typo in the letter, until " in again.stdout
    held = workers(broker).pause("rivers", "HNY12", "smtp")
    assert held is not None
    assert held.until is None


def test_to_resume_all_leaves_the_other_pauses_and_tells_of_them(broker: MemoryBroker) -> None:
    run("pause", "--all", "--reason", "an upgrade")
    run("pause", "--channel", "smtp", "--reason", "a new certificate")
    assert run("resume", "--all").stdout == "Resumed everything.\nStill in force: 1 other pause (`postbag controls`).\n"
    assert workers(broker).pause("rivers", "HNY12", "smtp") is not None
    assert workers(broker).pause("rivers", "HNY12", "outbox") is None


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("pause", "--campaign", "river", "--reason", "x"), "no campaign of that name is published. Did you mean rivers?"),
        (("pause", "--campaign", "Rivers!", "--reason", "x"), "cannot be the name of a campaign: those look like"),
        (("pause", "--office", "HNY99", "--reason", "x"), "office HNY99: no campaign writes to it."),
        (("pause", "--office", "ny12", "--reason", "x"), "cannot be the name of an office: those look like HNY12"),
        (("resume", "--campaign", "rivers"), "campaign rivers is not paused. `postbag controls` shows what is."),
        (("cancel", "--campaign", "river", "--reason", "x", "--yes"), "Did you mean rivers?"),
    ],
)  # fmt: skip
def test_a_name_that_nobody_goes_by_is_refused_since_it_would_hold_nothing(
    broker: MemoryBroker, arguments: tuple[str, ...], fault: str
) -> None:
    assert fault in refused(*arguments)
    assert broker.records(CONTROLS) == []


def test_letters_of_a_withdrawn_campaign_can_be_held_all_the_same(broker: MemoryBroker) -> None:
    assert run("pause", "--campaign", "forests", "--reason", "x", "--anyway").exit_code == 0
    assert workers(broker).pause("forests", "HNY12", "smtp") is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ("pause", "--reason", "x"),
        ("pause", "--reason", "x", "--all", "--office", "HNY12"),
        ("pause", "--all"),
        ("pause", "--all", "--reason", " "),
        ("pause", "--all", "--reason", "two\nlines"),
        ("pause", "--all", "--reason", "x", "--for", "soon"),
        ("pause", "--all", "--reason", "x", "--for", "0s"),
        ("pause", "--all", "--reason", "x", "--for", "999999999d"),
        ("pause", "--channel", "fax", "--reason", "x"),
        ("resume",),
        ("cancel", "--reason", "x"),
    ],
)
def test_an_order_that_is_not_clear_is_a_slip_and_changes_nothing(
    broker: MemoryBroker, arguments: tuple[str, ...]
) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert broker.records(CONTROLS) == []


def test_a_cancellation_says_how_many_letters_wait_and_asks(broker: Ground) -> None:
    states: tuple[State | None, ...] = ("accepted", "held", "retrying", "unknown", None, None)
    for number, state in enumerate(states, start=1):
        broker.carry(number, state)
    broker.carry(7, "suppressed", letter=1)
    slug = made.letter(1).campaign
    order = ("cancel", "--campaign", slug, "--anyway", "--reason", "the bill was withdrawn")
    no = run(*order, input="n\n")
    assert no.exit_code == 1
    assert f"4 letters of {slug} wait, and would never be sent." in no.stdout
    assert "1 are under way, and may arrive all the same." in no.stdout
    assert "1 were accepted already." in no.stdout
    tried = json.loads(run(*order, "--dry-run", "--json").stdout)
    counts = {"accepted": 1, "held": 1, "retrying": 1, "unknown": 1, "suppressed": 1, "pending": 2}
    assert tried == {"scope": "campaign", "name": slug, "letters": counts, "cancelled": False}
    assert not workers(broker).cancelled(slug)
    yes = run(*order, input="y\n")
    assert yes.exit_code == 0
    assert workers(broker).cancelled(slug)


def test_with_yes_the_order_is_given_without_counting(broker: MemoryBroker) -> None:
    said = json.loads(run("cancel", "--campaign", "rivers", "--reason", "x", "--yes", "--json").stdout)
    assert (said["action"], said["letters"], said["cancelled"]) == ("cancel", None, True)
    assert workers(broker).cancelled("rivers")


def test_a_cancellation_is_for_good(broker: MemoryBroker, tmp_path: Path) -> None:
    run("cancel", "--campaign", "rivers", "--reason", "the bill was withdrawn", "--yes")
    for again in (
        ("pause", "--campaign", "rivers", "--reason", "x"),
        ("resume", "--campaign", "rivers"),
        ("cancel", "--campaign", "rivers", "--reason", "x", "--yes"),
    ):
        assert "(the bill was withdrawn), and that is for good." in refused(*again)
    assert workers(broker).cancelled("rivers")
    publish = run("campaign", "publish", str(campaign_file(tmp_path, version=2)))
    assert "rivers was cancelled, and that is for good. Give it another slug." in publish.stderr
    assert "for good" in run("controls").stdout
