"""Every rule of the CWC tables is held: a case that it takes and cases that it refuses, made from the table, are judged by
the checker and by RelaxNG, which must agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from services.render.forms.cwc import Chamber, Rule, faults
from services.render.forms.cwc.check import Fault
from tests.unit.cwc_documents import OFFICES, RULES, as_bytes, at, elements, full, second_opinion, without

CHAMBERS: Final[tuple[Chamber, ...]] = ("house", "senate")
EACH_CHAMBER: Final = pytest.mark.parametrize("chamber", CHAMBERS)
EACH_ELEMENT: Final = pytest.mark.parametrize(
    ("chamber", "path"), [(chamber, path) for chamber in CHAMBERS for path in elements(chamber)]
)
TEXTS: Final = [
    (chamber, rule.path) for chamber in CHAMBERS for rule in RULES[chamber].rows.values() if rule.kind != "group"
]
EACH_TEXT: Final = pytest.mark.parametrize(("chamber", "path"), TEXTS)
BODY: Final = {"Message/OrganizationStatement", "Message/ConstituentMessage"}
WIDE: Final = "\U0001f54a"
"""A character of four bytes in UTF-8 and of two units in UTF-16: lengths count it as one."""


def judged(root: etree._Element, chamber: Chamber) -> list[tuple[str, str]]:
    """Path and code of each fault; RelaxNG must agree that there are some, or none."""
    xml = as_bytes(root)
    found = faults(xml, RULES[chamber])
    assert second_opinion(xml, chamber) == (not found), found
    return [(fault.path, fault.code) for fault in found]


def with_text(chamber: Chamber, path: str, text: str) -> list[tuple[str, str]]:
    """The faults of a document that is full, but for one element's text."""
    root = full(chamber)
    at(root, path).text = text
    return judged(root, chamber)


def taken(rule: Rule) -> Iterator[str]:
    """What a rule of lengths or of a closed set takes, up to its limits."""
    yield from rule.values
    if not rule.values and not rule.pattern and rule.kind == "text":
        yield from (letter * length for letter in ("x", "é", "中", WIDE) for length in (rule.least, rule.most))


def refused(rule: Rule, good: str) -> Iterator[tuple[str, str]]:
    """What it does not take, and the fault; ``good`` is something that it does."""
    if rule.values:
        yield from ((text, "not_taken") for text in (good + "x", f" {good}", good.swapcase() + ".", "?"))
    elif rule.pattern or rule.kind == "date":
        yield from ((text, "malformed") for text in (good + "é", f" {good}", good + "\n", good + " x", "?"))
    else:
        yield from ((letter * (rule.most + 1), "too_long") for letter in ("x", WIDE))
        yield from ((letter * (rule.least - 1), "too_short") for letter in ("x", WIDE) if rule.least > 1)


@EACH_CHAMBER
def test_the_tables_have_every_element_of_the_format_and_no_other(chamber: Chamber) -> None:
    assert list(RULES[chamber].rows) == list(elements(chamber))
    assert judged(full(chamber), chamber) == []


@EACH_TEXT
def test_what_a_rule_takes_is_taken(chamber: Chamber, path: str) -> None:
    for text in taken(RULES[chamber].rows[path]):
        assert with_text(chamber, path, text) == []


@EACH_TEXT
def test_what_a_rule_refuses_is_refused_for_its_reason(chamber: Chamber, path: str) -> None:
    rule = RULES[chamber].rows[path]
    cases = list(refused(rule, at(full(chamber), path).text or ""))
    assert cases or rule.least == 1
    for text, code in cases:
        assert with_text(chamber, path, text) == [(path, code)], text[:40]


@EACH_ELEMENT
def test_what_is_required_is_missed_and_what_is_optional_is_not(chamber: Chamber, path: str) -> None:
    root, parent = full(chamber), path.rpartition("/")[0]
    if len(at(root, parent)) == 1:
        expected = [(parent, "empty")]
    else:
        expected = [(path, "missing")] if RULES[chamber].rows[path].required else []
    assert judged(without(root, path), chamber) == expected


@EACH_ELEMENT
def test_no_element_may_be_empty_be_it_required_or_not(chamber: Chamber, path: str) -> None:
    root = full(chamber)
    at(root, path).clear()
    assert judged(root, chamber) == [(path, "empty")]
    if RULES[chamber].rows[path].kind == "group":  # blanks alone are nothing, too
        at(root, path).text = "\n  "
        assert judged(root, chamber) == [(path, "empty")]


@EACH_ELEMENT
def test_an_element_stands_there_once_unless_its_rule_says_more(chamber: Chamber, path: str) -> None:
    root = full(chamber)
    one = at(root, path)
    one.addnext(etree.fromstring(etree.tostring(one, with_tail=False)))
    codes = [] if RULES[chamber].rows[path].many else [(path, "twice")]
    assert [fault for fault in judged(root, chamber) if fault[1] != "out_of_order"] == codes


@EACH_ELEMENT
def test_an_element_has_no_attributes_and_no_namespace(chamber: Chamber, path: str) -> None:
    root = full(chamber)
    at(root, path).set("lang", "en")
    assert judged(root, chamber) == [(path, "attribute")]
    root = full(chamber)
    at(root, path).tag = "{urn:example}" + path.rpartition("/")[2]
    assert {"attribute", "unknown_element"} <= {code for _, code in judged(root, chamber)}


@EACH_ELEMENT
def test_a_group_has_no_text_and_a_text_no_elements(chamber: Chamber, path: str) -> None:
    root = full(chamber)
    if RULES[chamber].rows[path].kind == "group":
        at(root, path)[0].tail = "stray"
        assert judged(root, chamber) == [(path, "misplaced_text")]
    else:
        etree.SubElement(at(root, path), "b").text = "bold"
        assert judged(root, chamber) == [(f"{path}/b", "unknown_element")]


@EACH_CHAMBER
def test_the_five_parts_have_one_order(chamber: Chamber) -> None:
    for index in range(4):
        root = full(chamber)
        root.insert(index, root[index + 1])
        assert judged(root, chamber) == [("", "out_of_order")]


@EACH_CHAMBER
def test_inside_a_part_any_order_will_do_but_the_campaigns_text_is_first(chamber: Chamber) -> None:
    root = full(chamber)
    for part in root.iter():
        if RULES[chamber].rows.get(root.getroottree().getelementpath(part), Rule("", "")).kind == "group":
            part[:] = list(reversed(part))
    assert judged(root, chamber) == [("Message", "out_of_order")]
    at(root, "Message/ConstituentMessage").addprevious(at(root, "Message/OrganizationStatement"))
    assert judged(root, chamber) == []


@EACH_CHAMBER
def test_one_of_the_two_texts_is_enough_and_none_is_too_few(chamber: Chamber) -> None:
    for path in BODY:
        assert judged(without(full(chamber), path), chamber) == []
    root = full(chamber)
    for path in BODY:
        without(root, path)
    assert judged(root, chamber) == [("Message/OrganizationStatement", "missing")]


@EACH_CHAMBER
def test_a_seat_of_the_other_chamber_is_refused(chamber: Chamber) -> None:
    other = OFFICES["senate" if chamber == "house" else "house"]
    for office in (other, "x-river-commission", OFFICES[chamber][:-1], OFFICES[chamber] + "1"):
        assert with_text(chamber, "Recipient/MemberOffice", office) == [("Recipient/MemberOffice", "malformed")]
    assert with_text("senate", "Recipient/MemberOffice", "SNY04") != []
    assert (
        with_text("house", "Recipient/MemberOffice", "HPR00")
        == with_text("house", "Recipient/MemberOffice", "HAK00")
        == []
    )


@pytest.mark.parametrize("day", ["20250229", "20241301", "20240431", "2024-1-1", "\uff12\uff10240101"])
def test_a_date_is_one_of_the_calendar(day: str) -> None:
    root = full("house")
    at(root, "Delivery/DeliveryDate").text = day
    assert faults(as_bytes(root), RULES["house"]) == [Fault("Delivery/DeliveryDate", "malformed", 2)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_fits_a_pattern_is_taken_and_judged_alike(data: st.DataObject) -> None:
    chamber, path = data.draw(st.sampled_from([(c, p) for c, p in TEXTS if RULES[c].rows[p].pattern]))
    text = data.draw(st.from_regex(RULES[chamber].rows[path].pattern, fullmatch=True))
    assert with_text(chamber, path, text) == []
