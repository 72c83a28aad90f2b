"""Who sends and which rules hold are the operator's to say, and a slip is refused by name, at start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import load
from services.render.forms import Unfit
from services.render.forms.cwc import HOUSE, SENATE, CwcForm, CwcSettings, RulesRefused, cwc_form, faults, load_rules
from services.render.settings import RenderSettings
from tests.unit.cwc_documents import SENDER, campaign, form, letter, person

GIVEN: Final = dict(
    zip(
        ("cwc_agent", "cwc_ack_email", "cwc_contact_name", "cwc_contact_email", "cwc_contact_phone"),
        SENDER.values(),
        strict=True,
    )
)


def changed(folder: Path, changes: dict[str, Any]) -> CwcForm:
    """The form, with the rules changed as a file says."""
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump(changes), "utf-8")
    return form(*load_rules(file))


def test_settings_become_the_sender() -> None:
    assert cwc_form(load(CwcSettings, **GIVEN)).make(letter()) == form().make(letter())


@pytest.mark.parametrize("name", GIVEN)
def test_a_campaign_with_this_form_needs_every_one_of_them_and_is_told_which(name: str) -> None:
    assert load(RenderSettings).cwc_agent == ""
    with pytest.raises(SettingsRefused, match=rf"needs POSTBAG_{name.upper()} "):
        cwc_form(load(CwcSettings, **(GIVEN | {name: ""})))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cwc_agent", "abc"), ("cwc_agent", "x" * 501), ("cwc_agent", "a\nbcd"), ("cwc_agent", " Agents "),
        ("cwc_ack_email", "ack"), ("cwc_contact_name", "Annie"), ("cwc_contact_email", "a@b"),
        ("cwc_contact_phone", "2025550143"),
    ],
)  # fmt: skip
def test_one_that_breaks_its_rule_is_refused_at_start(name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=f"POSTBAG_{name.upper()}"):
        load(CwcSettings, **{name: value})


def test_a_changed_rule_holds_in_writing_and_in_checking(tmp_path: Path) -> None:
    one = changed(
        tmp_path,
        {
            "house": {"Constituent/Address2": {"least": 2}, "CWCVersion": {"values": ["2.1"]}},
            "senate": {
                "Constituent/Prefix": {"values": [*SENATE.rows["Constituent/Prefix"].values, "Mx."]},
                "Message/Bills/Bill/BillTypeAbbreviation": {"values": ["H.Con.Res."]},
            },
        },
    )
    about = campaign(bill={"congress": 119, "type": "hconres", "number": 7})
    house = one.make(letter(constituent=person(line2="4B")))
    assert "<Address2>4B</Address2>" in house
    assert "<CWCVersion>2.1</CWCVersion>" in house
    assert faults(house, one.rules_for("HNY13")) == []
    assert [fault.path for fault in faults(house, HOUSE)] == ["CWCVersion", "Constituent/Address2"]
    senate = one.make(letter("senate", constituent=person(prefix="mx"), campaign=about))
    assert "<Prefix>Mx.</Prefix>" in senate
    assert "<BillTypeAbbreviation>H.Con.Res.</BillTypeAbbreviation>" in senate
    assert one.rules_for("SNY01").version != SENATE.version == HOUSE.version


def test_only_the_rows_that_are_named_change_and_json_will_do(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"senate": {"Constituent/City": {"least": 1, "most": 0, "required": False}}}), "utf-8")
    house, senate = load_rules(file)
    assert house is HOUSE
    assert {path for path, row in senate.rows.items() if row != SENATE.rows[path]} == {"Constituent/City"}
    assert "<City>N</City>" in form(house, senate).make(letter("senate", constituent=person(city="N")))


def test_rules_that_need_what_nobody_is_asked_for_make_every_letter_unfit(tmp_path: Path) -> None:
    for row, reason in (
        ("Constituent/MiddleName", "middle_name_missing"),
        ("Recipient/IsResponseRequested", "response_requested_missing"),
        ("Delivery/OrganizationContact", "organization_contact_missing"),
    ):
        with pytest.raises(Unfit, match=f"^{reason}$"):
            changed(tmp_path, {"house": {row: {"required": True}}}).make(letter())
    inner = {"house": {"Delivery/OrganizationContact/OrganizationContactName": {"required": True}}}
    assert "OrganizationContact>" not in changed(tmp_path, inner).make(letter())


def test_a_statement_can_be_required_and_a_topic_need_not(tmp_path: Path) -> None:
    one = changed(tmp_path, {"house": {
        "Message/OrganizationStatement": {"required": True}, "Message/LibraryOfCongressTopics": {"required": False},
    }})  # fmt: skip
    with pytest.raises(Unfit, match=r"^statement_missing$"):
        one.make(letter(statement="", own_words="My own words."))
    assert "Topic" not in one.make(letter(campaign=campaign(topics=())))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("house: {Constituent/Nickname: {least: 1}}", "house.Constituent/Nickname: there is no such element"),
        ("lords: {}", "lords"),
        ("house: {Constituent/City: {lest: 1}}", "house.Constituent/City.lest"),
        ("house: {Constituent/City: {least: '1'}}", "house.Constituent/City.least"),
        ("house: {Constituent/City: {least: -1}}", "house.Constituent/City.least"),
        ("house: {Constituent/City: {least: 501}}", "house.Constituent/City: least is over most"),
        ("house: {Constituent/City: {}}", "house.Constituent/City: changes nothing"),
        ("house: {Constituent/City: {pattern: '('}}", "house.Constituent/City: pattern"),
        ("house: {Constituent: {least: 3}}", "house.Constituent: holds elements"),
        ("house: {Constituent/City: {least: 1, least: 2}}", "least stands here twice"),
        ("house: {}\nhouse: {}", "house stands here twice"),
        ("[1, 2]", "file"),
        ("{", "rules.yaml"),
        ("a: !!python/object/apply:os.getcwd []", "rules.yaml"),
    ],
)
def test_a_file_of_rules_that_is_not_understood_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(RulesRefused) as caught:
        load_rules(file)
    assert str(file) in str(caught.value)
    assert says in str(caught.value)
    with pytest.raises(SettingsRefused, match="POSTBAG_CWC_RULES"):
        load(CwcSettings, cwc_rules=file)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesRefused, match="No such file"):
        load_rules(tmp_path / "none.yaml")
    (tmp_path / "rules.yaml").write_bytes(b"house: \xff\xfe")
    with pytest.raises(RulesRefused):
        load_rules(tmp_path / "rules.yaml")
    (tmp_path / "rules.yaml").write_bytes(b"")
    assert load_rules(tmp_path / "rules.yaml") == load_rules(None) == (HOUSE, SENATE)
