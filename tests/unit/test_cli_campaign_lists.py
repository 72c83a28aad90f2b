"""A campaign's own lists: a good one goes into the published campaign, a bad one is refused by line, column and remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from click.testing import CliRunner, Result

from schemas.recipient import Recipient
from services.cli.__main__ import postbag
from services.cli.campaign import load_campaign

EXAMPLE: Final = Path(__file__).parents[2] / "campaigns" / "clean-rivers.yaml"
HEADER: Final = "id,name,salutation,serves,channel,address"
GOOD: Final = f"{HEADER}\nx-chair,Zoë Example,Madam Chair,NY HNJ07,webhook,https://board.example/letters\n"
Check = Callable[..., Result]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Checks the example with ``content`` as its only list, and other fields changed."""

    def run(content: str | bytes | None = GOOD, *options: str, **changes: Any) -> Result:
        fields = yaml.safe_load(EXAMPLE.read_text("utf-8"))
        fields |= {"targets": ["list:board"], "lists": {"board": "lists/board.csv"}} | changes
        (tmp_path / "campaign.yaml").write_text(yaml.safe_dump(fields, allow_unicode=True), "utf-8")
        if content is not None:
            (tmp_path / "lists").mkdir(exist_ok=True)
            raw = content.encode() if isinstance(content, str) else content
            (tmp_path / "lists" / "board.csv").write_bytes(raw)
        return CliRunner().invoke(postbag, ["campaign", "check", str(tmp_path / "campaign.yaml"), *options])

    return run


def faults(result: Result) -> str:
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "a fault of the file is no crash of the command"
    assert result.stdout == ""
    return result.stderr


def test_the_example_s_recipients_are_in_the_published_campaign() -> None:
    found = load_campaign(EXAMPLE)
    assert found.targets == ("your_senators", "list:river-commission")
    assert [recipient.id.removeprefix("x-river-commission-") for recipient in found.recipients] == [
        "chair",
        "north",
        "south",
        "boston",
    ]
    assert found.recipients[1] == Recipient(
        id="x-river-commission-north",
        list="river-commission",
        name="Sam Placeholder, commissioner",
        salutation="Commissioner Placeholder",
        serves=("ME", "NH", "VT"),
        channel="webhook",
        address="https://commission.example/letters/north",
    )
    assert found.recipients[3].serves == ("HMA07", "HMA08")
    assert found.recipients[3].channel is None


def test_check_says_how_many_recipients_there_are(check: Check) -> None:
    assert "Recipients of its lists: 1." in check().stdout
    assert json.loads(check(GOOD, "--json").stdout)["recipients"] == 1


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD + "\n,,,,,\n",
        "id,name\nx-chair,Ada Example\n",
        "name,id\nAda Example,x-chair\n",
        f"{HEADER}\n x-chair , Ada Example ,, NY;HNJ07 ,,\n",
        f"{HEADER}\nx-chair,Ada O'Brien-Smith + Partners,,,outbox,\n",
        f"{HEADER}\nx-chair,Ada Example,,,smtp,ada.example+letters@board.example\n",
        f"{HEADER}\nx-chair,Zoë Example,,,smtp,zoë@bücher.example\n",
    ],
)
def test_a_list_may_be_written_as_spreadsheets_write_it(check: Check, content: str) -> None:
    assert (check(content).exit_code, check(content).stderr) == (0, "")


def test_a_recipient_on_paper_needs_a_campaign_that_makes_pages(check: Check) -> None:
    on_paper = f"{HEADER}\nx-chair,Ada Example,,,print,\n"
    refused = check(on_paper)
    assert refused.exit_code == 1
    assert "(paper_needed)" in refused.stdout
    assert "x-chair gets letters by the channel print" in refused.stdout
    assert (check(on_paper, forms=["paper"]).exit_code, check(GOOD).exit_code) == (0, 0)


@pytest.mark.parametrize(
    ("row", "column", "fault"),
    [
        ("chair,Ada,,,,", "id", "String should match pattern"),
        ("x-Chair,Ada,,,,", "id", "Write x- and words of a-z and 0-9"),
        ("HNY12,Ada,,,,", "id", "Write x- and words"),
        (",Ada,,,,", "id", "Write x- and words"),
        ("x-chair,,,,,", "name", "Give the name"),
        (f"x-chair,{'A' * 301},,,,", "name", "at most 300 characters"),
        ("x-chair,=1+1,,,,", "name", "it begins with =, as a formula does"),
        ("x-chair,@SUM(A1),,,,", "name", "it begins with @"),
        ("x-chair,Ada,-1,,,", "salutation", "it begins with -"),
        ("x-chair,Ada,+1,,,", "salutation", "it begins with +"),
        ("x-chair,Ada\tB,,,,", "name", "a character that cannot be seen"),
        ("x-chair,A\u202eda,,,,", "name", "a character that cannot be seen"),
        ('x-chair,"Ada\nExample",,,,', "name", "a character that cannot be seen"),
        ("x-chair,A\x00da,,,,", "name", "a character that cannot be seen"),
        ("x-chair,Ada,,New York,,", "serves", "'New' is neither a state nor a House seat"),
        ("x-chair,Ada,,ny,,", "serves", "'ny' is neither"),
        ("x-chair,Ada,,AE,,", "serves", "'AE' is neither"),
        ("x-chair,Ada,,HNY27,,", "serves", "'HNY27' is neither"),
        ("x-chair,Ada,,SNY01,,", "serves", "'SNY01' is neither"),
        ("x-chair,Ada,,,fax,", "channel", "Write one of outbox, webhook, smtp, print, or nothing"),
        ("x-chair,Ada,,,webhook,", "address", "Give an https URL"),
        ("x-chair,Ada,,,webhook,http://board.example/", "address", "Give an https URL"),
        ("x-chair,Ada,,,webhook,https://user@board.example/", "address", "Give an https URL"),
        (f"x-chair,Ada,,,webhook,https://board.example/{'a' * 300}", "address", "at most 300 characters"),
        (
            "x-chair,Ada,,,outbox,https://board.example/",
            "address",
            "only the channels webhook and smtp have an address",
        ),
        ("x-chair,Ada,,,,https://board.example/", "address", "only the channels webhook and smtp have an address"),
        ("x-chair,Ada,,,print,ada@board.example", "address", "only the channels webhook and smtp have an address"),
        ("x-chair,Ada,,,smtp,", "address", "it is no mail address"),
        ("x-chair,Ada,,,smtp,https://board.example/", "address", "it is no mail address"),
        ("x-chair,Ada,,,smtp,Ada <ada@board.example>", "address", "without a name before it"),
        ("x-chair,Ada,,,smtp,ada@board.example; bob@board.example", "address", "it is no mail address"),
        ("x-chair,Ada,,,webhook,ada@board.example", "address", "Give an https URL"),
        ("x-first,Ada,,,,", "id", "x-first stands in"),
    ],
)
def test_a_bad_cell_is_told_with_its_line_its_column_and_what_to_do(
    check: Check, row: str, column: str, fault: str
) -> None:
    said = faults(check(f"{HEADER}\nx-first,Ada,,,,\n{row}\n"))
    assert f"board.csv, line 3, column {column}: " in said
    assert fault in said


def test_a_line_number_counts_the_lines_that_an_editor_shows(check: Check) -> None:
    said = faults(check(f'{HEADER}\n\nx-a,"Ada\nExample",,,,\nx-b,Bob,,ZZ,,\n'))
    assert "line 3, column name" in said
    assert "line 5, column serves" in said, "every fault is told at once"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "board.csv: No such file or directory. Lists are looked for beside the campaign's file."),
        ("", "line 1: the columns are nothing. Name the columns id, name,"),
        ("id,salutation\nx-chair,Ada\n", "line 1: the columns are id, salutation. Name the columns"),
        ("id,name,party\nx-chair,Ada,None\n", "line 1: the columns are id, name, party."),
        ("id,name,name\nx-chair,Ada,Ada\n", "each once"),
        (HEADER + "\n", "nobody is in it."),
        (
            "id,name\nx-chair,Example, Ada\n",
            "line 2: 3 cells and not 2. Put a cell that has a comma in it into quotes.",
        ),
        ('id,name\nx-chair,"Ada"x\n', "is not CSV"),
        ("id,name\nx-chair,Zoë\n".encode("latin-1"), "is not UTF-8. Save it as CSV in UTF-8."),
        ("id,name\n" + "".join(f"x-{n},Ada\n" for n in range(5001)), "too large with its lists"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(check: Check, content: str | bytes | None, fault: str) -> None:
    assert fault in faults(check(content))


def test_lists_and_targets_must_fit_together(check: Check) -> None:
    assert "lists.board: no target says list:board." in faults(check(targets=["your_senators"]))
    assert "targets: list:press has no file." in faults(check(targets=["list:board", "list:press"]))
    assert "targets: HNY27 is no seat that there is." in faults(check(targets=["list:board", "HNY27"]))
    assert "targets: list:board stands there twice." in faults(check(targets=["list:board", "list:board"]))
    assert check(targets=["list:board", "HNY26", "SNY01", "your_senators"]).exit_code == 0


def test_an_id_is_one_recipient_s_in_all_lists(check: Check, tmp_path: Path) -> None:
    (tmp_path / "press.csv").write_text("id,name\nx-chair,Ada\n", "utf-8")
    lists = {"press": "press.csv", "board": "lists/board.csv"}
    said = faults(check(lists=lists, targets=["list:board", "list:press"]))
    assert "press.csv, line 2, column id: x-chair stands in list board already." in said
