"""What an import finds in eighteen made-up alerts, field by field, and that each is a campaign once it is answered."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from schemas.campaign import Campaign
from services.cli.campaign import load_campaign
from services.render.importing.alert import Given, read_alert
from services.render.importing.draft import Draft
from services.render.importing.layout import file_of
from services.render.importing.reading import read_source
from tests.unit.alert_pages import ALERTS
from tests.unit.alerts import Alert

EACH = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
FIELDS = ("slug", "organization", "headline", "narrative", "subject", "salutation", "letter", "closing")
LISTS = ("targets", "required_fields")


def imported(alert: Alert) -> Draft:
    return read_alert(alert.text.encode(), Given(date(2026, 11, 22)))


def answered(text: str) -> str:
    """A campaign's file with an answer to every question that must have one, as a person would type them in."""
    text = re.sub(r"\{\{ \? .+? \}\}", "something", text)
    for name in ("organization", "narrative", "subject", "letter"):
        text = re.sub(rf"^{name}:$", f"{name}: An answer", text, flags=re.MULTILINE)
    return re.sub(r"^targets:\n(?!  -)", "targets:\n  - your_senators\n", text, flags=re.MULTILINE)


@EACH
def test_an_alert_is_found_field_by_field(alert: Alert) -> None:
    draft = imported(alert)
    assert {name: getattr(draft, name) for name in alert.finds} == alert.finds


@EACH
def test_what_must_be_answered_is_asked_and_nothing_else(alert: Alert) -> None:
    draft = imported(alert)
    assert {question.field for question in draft.questions if question.required} == alert.asks | {"organization"}
    assert not draft.complete


@EACH
def test_the_file_says_what_the_draft_says(alert: Alert) -> None:
    draft = imported(alert)
    written = yaml.safe_load(file_of(draft, "alert.txt"))
    for name in FIELDS:
        found = written.get(name)
        assert (found.rstrip("\n") if found else None) == getattr(draft, name)
    for name in LISTS:
        assert tuple(written.get(name) or ()) == getattr(draft, name)


@EACH
def test_every_question_stands_in_the_file(alert: Alert) -> None:
    draft = imported(alert)
    lines = [line.strip() for line in file_of(draft, "alert.txt").splitlines()]
    asked = sum(line.startswith("# ? ") for line in lines)
    assert asked == len(draft.questions)
    for question in draft.questions:
        assert all(f"# {proposal}".strip() in lines for proposal in question.proposals)


@EACH
def test_an_answered_file_is_a_campaign_and_an_unanswered_one_is_refused(alert: Alert, tmp_path: Path) -> None:
    text = file_of(imported(alert), "alert.txt")
    (tmp_path / "campaign.yaml").write_text(answered(text), "utf-8")
    campaign = load_campaign(tmp_path / "campaign.yaml")
    assert isinstance(campaign, Campaign)
    assert campaign.headline == alert.finds.get("headline", campaign.headline)
    (tmp_path / "open.yaml").write_text(text, "utf-8")
    with pytest.raises(Exception, match=r"organization|letter|subject") as refused:
        load_campaign(tmp_path / "open.yaml")
    assert type(refused.value).__name__ == "ClickException"


def test_an_open_field_alone_keeps_a_file_from_being_used(tmp_path: Path) -> None:
    alert = next(alert for alert in ALERTS if "Pharmacy" in alert.text)
    text = answered(file_of(imported(alert), "alert.txt"))
    (tmp_path / "open.yaml").write_text(text.replace("costs something", "costs {{ ? price }}"), "utf-8")
    with pytest.raises(Exception, match="letter, line 1") as refused:
        load_campaign(tmp_path / "open.yaml")
    assert type(refused.value).__name__ == "ClickException"


@EACH
def test_every_line_of_an_alert_is_accounted_for(alert: Alert) -> None:
    """Each line with text is one that a finding or a question is about, or is among what was left out, with the reason."""
    draft = imported(alert)
    told = {number for left in draft.left_out for number in range(left.lines[0], left.lines[1] + 1)}
    told |= {question.line or 0 for question in draft.questions}
    for finding in draft.findings:
        first, last = finding.lines or (0, 0)
        told |= set(range(first, last + 1))
    lines = read_source(alert.text.encode()).lines
    assert [line.text for line in lines if line.text and line.number not in told] == []
    assert all(left.why for left in draft.left_out)


def test_a_second_letter_is_pointed_out_and_not_mixed_with_the_first() -> None:
    alert = next(alert for alert in ALERTS if "Reopen the ward" in alert.text)
    draft = imported(alert)
    (question,) = (question for question in draft.questions if question.field == "letter")
    assert (question.line, question.required) == (14, False)
    assert "Dear Representative," in question.text
    assert draft.letter == "Reopen the ward."
