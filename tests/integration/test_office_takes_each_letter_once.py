"""The local office accepts a letter once, knows it again, counts what it saw, and takes nothing that is no letter."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from deploy.local.office_control import OfficeControl, OfficeError
from tests.integration.office_at_work import CANARIES, OFFICE, OfficeProcess, hand_in, id_of, letter, offer

ANY_KEY = {"Idempotency-Key": str(uuid4())}


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeProcess]:
    with OfficeProcess(tmp_path_factory.mktemp("office")) as process:
        yield process


@pytest.fixture
def control(office: OfficeProcess) -> OfficeControl:
    return office.control


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeControl]:
    with OfficeProcess(tmp_path_factory.mktemp("office")) as process:
        yield process.control


def test_a_letter_is_accepted_once_and_known_ever_after(control: OfficeControl) -> None:
    raw = letter()
    first = hand_in(control, raw)
    assert first.status == 201
    assert "Postbag-Office" not in first.headers
    for _ in range(2):
        again = hand_in(control, raw)
        assert (again.status, again.body) == (200, first.body)
        assert again.headers["Postbag-Office"] == "duplicate"
    assert control.letter(id_of(raw)) == {
        "letter_id": id_of(raw),
        "offices": {
            OFFICE: {
                "offers": 3,
                "receipts": [first.body["receipt"]],
                "sha256": hashlib.sha256(raw).hexdigest(),
                "changed_body": False,
            }
        },
    }
    assert control.accepted() == [((id_of(raw), OFFICE), first.body["receipt"])]


def test_the_same_letter_offered_at_once_is_accepted_once(control: OfficeControl) -> None:
    raw = letter()

    async def crowd() -> list[int]:
        return [answer.status for answer in await asyncio.gather(*(offer(control, raw) for _ in range(20)))]

    assert sorted(asyncio.run(crowd())) == [200] * 19 + [201]
    assert control.report()["accepted_twice"] == 0


def test_a_changed_body_under_an_accepted_id_is_counted_and_answered_as_the_first(control: OfficeControl) -> None:
    letter_id = str(uuid4())
    first = hand_in(control, letter(letter_id, body="One."))
    second = hand_in(control, letter(letter_id, body="Another."))
    assert (second.status, second.body) == (200, first.body)
    found = control.letter(letter_id)
    assert found is not None
    assert found["offices"][OFFICE]["changed_body"] is True
    assert control.report()["changed_body"] == 1


def test_the_report_adds_up_by_office(control: OfficeControl) -> None:
    for office, offers in (("HNY13", 1), ("HVT00", 3), ("SCA01", 2)):
        raw = letter(office=office)
        for _ in range(offers):
            hand_in(control, raw, office=office)
    hand_in(control, b"{}", headers=ANY_KEY)
    report = control.report()
    per_office = report.pop("per_office")
    assert report == {
        "accepted": 3,
        "offers": 6,
        "duplicates_offered": 3,
        "accepted_twice": 0,
        "changed_body": 0,
        "malformed": {"fields": 1},
    }
    assert {office: counts["offers"] for office, counts in per_office.items()} == {"HNY13": 1, "HVT00": 3, "SCA01": 2}
    assert per_office["HVT00"]["duplicates_offered"] == 2
    assert control.letter(str(uuid4())) is None


BAD_HEADERS: tuple[tuple[dict[str, str | None], int, str], ...] = (
    ({"Idempotency-Key": None}, 400, "idempotency_key_missing"),
    ({"Idempotency-Key": "1"}, 400, "idempotency_key_malformed"),
    ({"Idempotency-Key": str(uuid4())}, 409, "idempotency_key_not_letter_id"),
    ({"Content-Type": None}, 400, "content_type"),
    ({"Content-Type": "text/plain"}, 400, "content_type"),
)
BAD_BODIES = (
    (b"", 400, "not_json"),
    (b"\xff\xfe{}", 400, "not_json"),
    (b"{", 400, "not_json"),
    (b'{"body": NaN}', 400, "not_json"),
    (b"[" * 100_000, 400, "not_json"),
    (b"[]", 422, "not_an_object"),
    (b" " * 300_000, 413, "too_large"),
)


def test_a_request_in_the_wrong_form_is_turned_away_with_a_code(control: OfficeControl) -> None:
    expected: dict[str, int] = {}
    for headers, status, code in BAD_HEADERS:
        answer = hand_in(control, letter(), headers=headers)
        assert (answer.status, answer.body["code"]) == (status, code)
        expected[code] = expected.get(code, 0) + 1
    for raw, status, code in BAD_BODIES:
        answer = hand_in(control, raw, headers=ANY_KEY)
        assert (answer.status, answer.body["code"]) == (status, code)
        expected[code] = expected.get(code, 0) + 1
    answer = hand_in(control, letter(office="HNY12"))
    assert (answer.status, answer.body["code"]) == (409, "office_not_addressed")
    answer = hand_in(control, letter(), office="nobody")
    assert (answer.status, answer.body["code"]) == (422, "office_unknown")
    report = control.report()
    assert report["malformed"] == expected | {"office_not_addressed": 1, "office_unknown": 1}
    assert report["offers"] == 0


def _without(*path: str) -> Callable[[dict[str, Any]], None]:
    def spoil(document: dict[str, Any]) -> None:
        for name in path[:-1]:
            document = document[name]
        del document[path[-1]]

    return spoil


def _with(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def spoil(document: dict[str, Any]) -> None:
        for name in path[:-1]:
            document = document[name]
        document[path[-1]] = value

    return spoil


@pytest.mark.parametrize(
    ("field", "spoil"),
    [
        ("subject", _without("subject")),
        ("subject", _with("two\nlines", "subject")),
        ("subject", _with(" untrimmed", "subject")),
        ("body", _with("", "body")),
        ("body", _with("x" * 10_001, "body")),
        ("body", _with("carriage\r\nreturn", "body")),
        ("constituent.first_name", _without("constituent", "first_name")),
        ("constituent.address.zip5", _with(10027, "constituent", "address", "zip5")),
        ("constituent.address.state", _with("New York", "constituent", "address", "state")),
        ("constituent.email", _with("nobody", "constituent", "email")),
        ("campaign_version", _with("1", "campaign_version")),
        ("campaign_version", _with(True, "campaign_version")),
        ("accepted_at", _with("2026-03-02T14:00:00", "accepted_at")),
    ],
)
def test_a_letter_with_a_wrong_field_is_turned_away_by_the_fields_name(
    shared: OfficeControl, field: str, spoil: Callable[[dict[str, Any]], None]
) -> None:
    document = json.loads(letter())
    spoil(document)
    answer = hand_in(shared, json.dumps(document).encode())
    assert (answer.status, answer.body) == (422, {"code": "fields", "fields": [field]})
    assert shared.report()["accepted"] == 0


def test_neither_books_nor_log_hold_anything_of_a_person(office: OfficeProcess, control: OfficeControl) -> None:
    raw = letter()
    hand_in(control, raw)
    hand_in(control, raw.replace(b'"NY"', b'"my canary died"'))
    hand_in(control, raw, office=CANARIES[0])
    hand_in(control, raw, headers={"Idempotency-Key": CANARIES[1]})
    assert office.stop() == 0
    kept = (office.folder / "offers.jsonl").read_text("utf-8") + office.log.read_text("utf-8")
    assert id_of(raw) in kept
    for canary in CANARIES:
        assert canary not in kept
        assert json.dumps(canary) not in kept
    for line in kept.splitlines():
        assert isinstance(json.loads(line), dict)


def test_what_it_does_not_know_has_a_code_too(control: OfficeControl) -> None:
    async def ask() -> tuple[int, dict[str, str], int]:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{control.base_url}/nowhere") as missing:
                body = await missing.json()
            async with session.get(control.letters_url.replace("{office}", OFFICE)) as wrong_method:
                return missing.status, body, wrong_method.status

    assert asyncio.run(ask()) == (404, {"code": "not_found"}, 405)
    assert control.is_healthy()
    assert not OfficeControl("http://127.0.0.1:1").is_healthy()
    with pytest.raises(OfficeError, match="422"):
        control._call("PUT", "/control", '{"office": "*", "fault": {"kind": "explode"}}')
