"""The local intake's own check of messages agrees with RelaxNG on whatever is done to a document."""

from __future__ import annotations

import random
from typing import Final

import pytest
from lxml import etree

from deploy.local.cwc_intake_check import Chamber, check
from tests.unit.cwc_documents import OFFICES, as_bytes, at, elements, full, second_opinion, without

EACH_CHAMBER: Final = pytest.mark.parametrize("chamber", ["house", "senate"])
TEXTS: Final = [
    "", " ", "x", "ab", "abc", "12345", "abcdef", "x" * 500, "x" * 501, "x" * 10_000, "x" * 10_001, "Y", "Pro", "Mr.", "Mr",
    "Miss", "AE", "MA", "PR", "FM", "10580", "10580-0001", "10580-", "202-555-0143", "2025550143", "a@b", "a@b.c",
    "20240230", "20240229", "Animals", "animals", "hres", "sr", "s", "H.R.", "H.Con.Res", "H.Con.Res.", "S.", "0", "7",
    "HNY13", "SNY03", "SNY04", "0123456789abcdefABCDEF0123456789", "2.0", "https://x.example/", "no uri", "é" * 6, "東京都",
    "line\nline",
]  # fmt: skip
CHANGES: Final = 800


def verdicts(root: etree._Element, chamber: Chamber) -> tuple[bool, bool]:
    raw = as_bytes(root)
    return not check(raw, chamber).errors, second_opinion(raw, chamber)


@EACH_CHAMBER
def test_a_document_with_every_element_is_fine_and_known_by_its_id(chamber: Chamber) -> None:
    found = check(as_bytes(full(chamber)), chamber)
    assert (found.errors, found.office) == ((), OFFICES[chamber])
    assert found.delivery_id == "0123456789abcdefABCDEF0123456789"
    other: Chamber = "senate" if chamber == "house" else "house"
    assert "Recipient/MemberOffice: not as the format has it" in check(as_bytes(full(chamber)), other).errors


@EACH_CHAMBER
def test_each_element_left_out_twice_there_empty_or_elsewhere_is_judged_as_by_relaxng(chamber: Chamber) -> None:
    refused = 0
    for path in elements(chamber):
        for change in ("left_out", "twice", "empty", "elsewhere", "attribute", "child"):
            root = full(chamber)
            element = at(root, path)
            parent = element.getparent()
            assert parent is not None
            if change == "left_out":
                without(root, path)
            elif change == "twice":
                element.addnext(etree.fromstring(etree.tostring(element)))
            elif change == "empty":
                element.text = None
                element[:] = []
            elif change == "elsewhere":
                parent.insert(0, element)
            elif change == "attribute":
                element.set("x", "y")
            else:
                etree.SubElement(element, "Extra").text = "extra"
            ours, theirs = verdicts(root, chamber)
            assert ours == theirs, (path, change)
            refused += not ours
    assert refused > 150


@EACH_CHAMBER
def test_any_text_in_any_element_is_judged_as_by_relaxng(chamber: Chamber) -> None:
    dice, paths, fine = random.Random(7), list(elements(chamber)), 0
    for _ in range(CHANGES):
        root, path, text = full(chamber), dice.choice(paths), dice.choice(TEXTS)
        if len(at(root, path)):
            continue
        at(root, path).text = text
        ours, theirs = verdicts(root, chamber)
        known_to_differ = path.endswith("DeliveryDate") or "MemberOffice" in path  # the check knows months and states
        assert ours == theirs or (known_to_differ and not ours), (path, text)
        fine += ours
    assert CHANGES / 10 < fine < CHANGES * 0.9


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{}", b"<CWC>", b"<CWC/>", b"<Other/>", b"<CWC xmlns='urn:x'/>", b"\xff\xfe<\x00C\x00", b"<CWC>\x00</CWC>",
        b"<!DOCTYPE CWC [<!ENTITY x 'y'>]><CWC>&x;</CWC>", b"<a>" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused_without_a_guess(raw: bytes) -> None:
    found = check(raw, "house")
    assert found.errors
    assert (found.delivery_id, found.office) == ("", "")


def test_no_value_gets_into_an_error() -> None:
    root = full("house")
    for path in elements("house"):
        if not len(at(root, path)):
            at(root, path).text = "canary<canary"
    found = check(as_bytes(root), "house")
    assert len(found.errors) > 20
    assert "canary" not in " ".join(found.errors)
