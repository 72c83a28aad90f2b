"""How commands speak: every one explains itself, JSON is JSON, and nothing that a terminal would obey gets through."""

from __future__ import annotations

import io
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.console import Console

from schemas.topics import ALL
from services.cli import output
from services.cli.__main__ import main, postbag
from services.cli.reference import _commands
from services.pipeline.errors import BrokerFailed, PostbagError

COMMANDS = {" ".join(path): command for path, command in _commands(postbag, ("postbag",))}


def test_the_commands_are_the_ones_that_newcomers_are_told_of() -> None:
    assert COMMANDS.keys() >= {
        "postbag",
        *(f"postbag {name}" for name in ("demo", "up", "down", "status", "books", "topics", "campaign")),
        *(f"postbag topics {name}" for name in ("list", "plan", "apply")),
        *(f"postbag campaign {name}" for name in ("check", "publish")),
    }


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself_and_all_of_its_options(name: str, option: str) -> None:
    result = CliRunner().invoke(postbag, [*name.split()[1:], option])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: {name} ")
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name} has no explanation"


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if not isinstance(command, click.Group)])
def test_every_command_has_an_output_for_programs(name: str) -> None:
    assert "--json" in {flag for parameter in COMMANDS[name].params for flag in parameter.opts}


def test_topics_list_asks_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTBAG_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    told = CliRunner().invoke(postbag, ["topics", "list", "--json"])
    assert told.exit_code == 0
    assert [topic["name"] for topic in json.loads(told.stdout)] == [topic.name for topic in ALL]
    shown = CliRunner().invoke(postbag, ["topics", "list"])
    assert shown.exit_code == 0


def test_where_nothing_runs_down_has_nothing_to_do_and_status_says_so(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")]
    down = CliRunner().invoke(postbag, ["down", *home])
    assert (down.exit_code, down.stdout) == (0, f"No broker runs from {tmp_path / 'home'}.\n")
    assert json.loads(CliRunner().invoke(postbag, ["down", *home, "--json"]).stdout) == {"stopped": False}
    status = CliRunner().invoke(postbag, ["status", *home, "--json"])
    assert (status.exit_code, json.loads(status.stdout)) == (1, {"running": False, "bootstrap_servers": None})
    assert not (tmp_path / "home").exists(), "asking leaves nothing behind"


@pytest.mark.parametrize(
    "error", [BrokerFailed("no broker answered: start one with `postbag up`"), PostbagError("something else")]
)
def test_a_known_error_is_one_sentence_and_its_own_exit_code(
    error: PostbagError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(reader: object) -> None:
        raise error

    monkeypatch.setattr("services.cli.books_command.KafkaReader", fail)
    monkeypatch.setattr("sys.argv", ["postbag", "books"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == error.exit_code
    assert capsys.readouterr().err == f"postbag: {error}\n"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal would get."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, highlight=False, color_system=None)
    monkeypatch.setattr(output, "console", console)
    return screen


@pytest.mark.parametrize(
    "steering",
    ["\x1b[2J", "\x1b]0;title\x07", "\x07", "\r", "\n", "\x08", "\x9b31m", "\u202e", "\x7f", "\u2028", "\x00"],
)
def test_what_came_from_outside_cannot_steer_the_terminal(terminal: io.StringIO, steering: str) -> None:
    output.print_table("Table", ("name", "count"), [(f"a{steering}b", "1")])
    shown = terminal.getvalue()
    assert "a\N{REPLACEMENT CHARACTER}" in shown
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    rows = [line.split() for line in shown.splitlines() if "\N{REPLACEMENT CHARACTER}" in line]
    assert [row[-1] for row in rows] == ["1"], "it stays in its own row"


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", "[link=http://a.example]x[/link]", ":warning:"])
def test_what_came_from_outside_is_no_markup(terminal: io.StringIO, text: str) -> None:
    output.print_table("Table", ("name", "count"), [(text, "1")])
    assert text in terminal.getvalue()


def test_json_is_one_document_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "\x1b[2J\u202e\n", "count": 1, "none": None}
    output.print_json(value)
    said = capsys.readouterr().out
    assert json.loads(said) == value
    assert said.isascii()
    assert "\x1b" not in said


def test_progress_that_nobody_watches_is_a_line_at_each_tenth(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "console", Console(highlight=False))
    with output.progress("sending", 40) as advance:
        for done in range(1, 41):
            advance(done)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"sending: {done} of 40" for done in range(4, 41, 4)]
