"""The checker takes any bytes, trusts none of them, and says where each fault is without saying what stood there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from services.render.forms.cwc import HOUSE, Fault, faults
from services.render.forms.cwc.check import LARGEST
from tests.unit.cwc_documents import as_bytes, at, form, full, letter

LAUGHS = '<!DOCTYPE CWC [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "prologue",
    [
        LAUGHS,
        '<!DOCTYPE CWC [<!ENTITY xxe SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE CWC SYSTEM "http://192.0.2.1/cwc.dtd">',
        "<!DOCTYPE CWC>",
    ],
)
def test_a_document_type_is_refused_before_it_declares_anything(prologue: str) -> None:
    head, _, rest = form().make(letter(own_words="canary &c; &xxe;")).partition("\n")
    assert faults(f"{head}\n{prologue}\n{rest}".replace("&amp;", "&"), HOUSE) == [Fault("", "document_type", 2)]


@pytest.mark.parametrize(
    "xml",
    [
        *("", "canary", "<CWC>", "<CWC></cwc>", "<CWC/><CWC/>", "<CWC>&canary;</CWC>", "<CWC>\x00</CWC>"),
        *("<CWC>\ufffe</CWC>", b"\xff\xfe<"),
    ],
)
def test_what_is_no_xml_is_said_to_be_none(xml: str | bytes) -> None:
    assert [fault for fault in faults(xml, HOUSE) if fault.code == "not_xml"] != []


def test_the_document_is_utf_8() -> None:
    assert faults(form().make(letter(own_words="my words \u00e9")).encode("latin-1"), HOUSE)[0].code == "not_xml"
    assert faults('<?xml version="1.0" encoding="ISO-8859-1"?>' + "<CWC/>", HOUSE)[0] == Fault("", "not_utf8", 1)
    assert faults("<CWC>\ud800</CWC>", HOUSE) == [Fault("", "not_utf8")]
    assert faults(etree.tostring(full("house"), encoding="UTF-16"), HOUSE) != []


def test_a_document_that_nobody_would_send_is_not_even_read() -> None:
    assert faults("<" * (LARGEST + 1), HOUSE) == [Fault("", "too_large")]
    deep = "<a>" * 100_000 + "</a>" * 100_000
    assert faults(deep, HOUSE) == [Fault("a", "unknown_element", 1)]


def test_every_fault_is_found_with_its_line_and_none_with_its_value() -> None:
    root = full("house")
    etree.indent(root)
    at(root, "Constituent/City").text = "X"
    at(root, "Constituent/Email").text = "canary"
    at(root, "Constituent/Zip").set("canary", "canary")
    root.append(etree.fromstring("<Canary>canary</Canary>"))
    found = faults(as_bytes(root), HOUSE)
    assert [(fault.path, fault.code) for fault in found] == [
        ("Constituent/City", "too_short"),
        ("Constituent/Zip", "attribute"),
        ("Constituent/Email", "malformed"),
        ("Canary", "unknown_element"),
    ]
    lines = as_bytes(root).decode().split("\n")
    assert [f"<{fault.path.rpartition('/')[2]}" in lines[fault.line - 1] for fault in found] == [True] * 4


def test_comments_and_character_data_sections_are_as_good_as_what_they_hold() -> None:
    xml = form().make(letter(own_words="I fish & swim."))
    other = xml.replace("I fish &amp; swim.", "I <![CDATA[fish & ]]>swim<!-- with friends -->.")
    assert faults(other, HOUSE) == []
    assert faults(other.replace("<![CDATA[fish & ]]>", ""), HOUSE) == []
    assert [fault.code for fault in faults(xml.replace("I fish &amp; swim.", "I <!-- fish -->."), HOUSE)] == [
        "too_short"
    ]


def test_another_document_altogether_is_unknown() -> None:
    assert [(fault.path, fault.code) for fault in faults("<html><body/></html>", HOUSE)][:1] == [
        ("html", "unknown_element")
    ]
    assert faults("<CWC/>", HOUSE) == [Fault("", "empty", 1)]


@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60),
        st.from_regex(r"<CWC>(<[A-Z]?[a-z]{0,9}/?>|&#?x?[0-9a]*;){0,9}</CWC>"),
    )
)
def test_no_bytes_make_it_fail_and_none_but_a_whole_document_are_without_fault(raw: bytes | str) -> None:
    assert faults(raw, HOUSE) != []
