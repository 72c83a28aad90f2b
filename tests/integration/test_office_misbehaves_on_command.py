"""Each fault of the local office, as a sender meets it, and what the books say of the letter afterwards."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import aiohttp
import pytest

from deploy.local.office_control import OfficeControl
from deploy.local.office_faults import ResetWhen
from tests.integration.office_at_work import OFFICE, OfficeProcess, hand_in, id_of, leave_once, letter, offer, until

LOST = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeControl]:
    with OfficeProcess(tmp_path_factory.mktemp("office")) as process:
        yield process.control


@pytest.fixture
def control(running: OfficeControl) -> OfficeControl:
    running.clear()
    return running


def test_slow_answers_late_and_takes_the_letter_of_a_sender_who_left(control: OfficeControl) -> None:
    control.slow(OFFICE, 0.4)
    began = time.monotonic()
    assert hand_in(control, letter()).status == 201
    assert time.monotonic() - began >= 0.4
    control.slow(OFFICE, 1.5)
    raw = letter()
    leave_once(control, raw, lambda: control.faults()[OFFICE][0]["hits"])
    assert control.letter(id_of(raw)) is None
    assert _offers(control, raw) == (1, 1)
    control.clear()
    assert hand_in(control, raw).status == 200


@pytest.mark.parametrize("asked", [None, "7", "Wed, 21 Oct 2099 07:28:00 GMT", "-1", "315360000", "soon", ""])
def test_refuse_answers_as_told_and_leaves_the_letter_outside(control: OfficeControl, asked: str | None) -> None:
    control.refuse(OFFICE, 503, retry_after=asked)
    raw = letter()
    answer = hand_in(control, raw)
    assert (answer.status, answer.headers.get("Retry-After")) == (503, asked)
    assert _offers(control, raw) == (1, 0)
    control.clear(OFFICE)
    assert hand_in(control, raw).status == 201
    assert _offers(control, raw) == (2, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 504])
def test_refuse_answers_any_status_of_the_catalogue(control: OfficeControl, status: int) -> None:
    control.refuse(OFFICE, status)
    assert hand_in(control, letter()).status == status


def test_a_share_of_refusals_falls_the_same_way_for_the_same_seed(control: OfficeControl) -> None:
    def statuses(seed: int) -> list[int]:
        control.refuse(OFFICE, 429, share=0.5, seed=seed)
        return [hand_in(control, letter()).status for _ in range(24)]

    first = statuses(1)
    assert set(first) == {201, 429}
    assert statuses(1) == first
    assert statuses(2) != first


def test_a_fault_meets_only_its_office_and_the_office_s_own_wins_over_all(control: OfficeControl) -> None:
    control.refuse("*", 503)
    control.refuse("HVT00", 410)
    assert hand_in(control, letter()).status == 503
    assert hand_in(control, letter(office="HVT00"), office="HVT00").status == 410
    control.clear("*")
    assert control.faults() == {}
    control.refuse("HVT00", 410, times=1)
    assert hand_in(control, letter()).status == 201
    assert hand_in(control, letter(office="HVT00"), office="HVT00").status == 410
    assert hand_in(control, letter(office="HVT00"), office="HVT00").status == 201
    assert control.faults() == {
        "HVT00": [{"kind": "refuse", "status": 410, "share": 1, "seed": 0, "times": 1, "hits": 1}]
    }


@pytest.mark.parametrize("accept", [True, False])
def test_hang_takes_the_request_and_says_nothing(control: OfficeControl, accept: bool) -> None:
    control.hang(OFFICE, 30, accept=accept)
    raw = letter()
    leave_once(control, raw, lambda: control.letter(id_of(raw)))
    assert _offers(control, raw) == (1, int(accept))


def test_hang_cuts_the_connection_when_its_time_is_up(control: OfficeControl) -> None:
    control.hang(OFFICE, 0.2)
    with pytest.raises(LOST):
        hand_in(control, letter())


@pytest.mark.parametrize("when", ["before_reading", "while_reading"])
def test_reset_before_all_is_read_leaves_no_trace_of_the_letter(control: OfficeControl, when: ResetWhen) -> None:
    control.reset(OFFICE, when)
    raw = letter()
    with pytest.raises(LOST):
        hand_in(control, raw)
    assert control.letter(id_of(raw)) is None


def test_reset_after_reading_leaves_the_letter_outside(control: OfficeControl) -> None:
    control.reset(OFFICE, "after_reading")
    raw = letter()
    with pytest.raises(LOST):
        hand_in(control, raw)
    assert _offers(control, raw) == (1, 0)


def test_accepted_but_said_nothing_is_settled_by_offering_it_again(control: OfficeControl) -> None:
    control.reset(OFFICE, "after_accepting", times=1)
    raw = letter()
    with pytest.raises(LOST):
        hand_in(control, raw)
    found = control.letter(id_of(raw))
    assert found is not None
    again = hand_in(control, raw)
    assert (again.status, [again.body["receipt"]]) == (200, found["offices"][OFFICE]["receipts"])
    assert again.headers["Postbag-Office"] == "duplicate"
    assert _offers(control, raw) == (2, 1)


def test_reset_while_reading_waits_for_half_of_the_letter(control: OfficeControl) -> None:
    control.reset(OFFICE, "while_reading")
    raw = letter()
    with _post_by_hand(control, raw, upto=len(raw) // 2 - 1) as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(10)
        connection.sendall(raw[len(raw) // 2 - 1 : len(raw) // 2])
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_reset_is_one_on_the_wire(control: OfficeControl) -> None:
    control.reset(OFFICE, "after_reading")
    with _post_by_hand(control, letter()) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_drip_answers_byte_by_byte_and_whole_in_the_end(control: OfficeControl) -> None:
    control.drip(OFFICE, 0.005)
    raw = letter()
    pieces: list[bytes] = []
    began = time.monotonic()
    with _post_by_hand(control, raw) as connection:
        while piece := connection.recv(4096):
            pieces.append(piece)
    text = b"".join(pieces)
    assert time.monotonic() - began >= 0.005 * (len(text) - 1)
    assert len(pieces) > 5  # a busy machine may join some
    assert text.startswith(b"HTTP/1.1 201 ")
    assert text.endswith(b'"}')
    assert hand_in(control, raw).status == 200  # an HTTP client can read it, too


def test_drip_outlasts_a_sender_s_patience_after_the_letter_is_in(control: OfficeControl) -> None:
    control.drip(OFFICE, 0.1)
    raw = letter()
    leave_once(control, raw, lambda: control.letter(id_of(raw)))
    assert _offers(control, raw) == (1, 1)


def test_redirect_points_elsewhere_and_leaves_the_letter_outside(control: OfficeControl) -> None:
    control.redirect(OFFICE, "http://127.0.0.1:9/elsewhere")
    raw = letter()
    answer = hand_in(control, raw)
    assert (answer.status, answer.headers["Location"]) == (307, "http://127.0.0.1:9/elsewhere")
    assert _offers(control, raw) == (1, 0)


def test_an_office_that_forgets_accepts_twice_and_the_books_say_so(control: OfficeControl) -> None:
    raw = letter()
    before = control.report()["accepted_twice"]
    assert hand_in(control, raw).status == 201
    control.forget(OFFICE)
    assert hand_in(control, raw).status == 201
    report = control.report()
    assert report["accepted_twice"] == before + 1
    assert report["per_office"][OFFICE]["accepted_twice"] == before + 1
    assert len([1 for (letter_id, _), _ in control.accepted() if letter_id == id_of(raw)]) == 2


def test_one_office_that_hangs_holds_up_no_other(control: OfficeControl) -> None:
    control.hang(OFFICE, 5)

    async def both() -> int:
        hung = asyncio.create_task(offer(control, letter()))
        answer = await offer(control, letter(office="HVT00"), office="HVT00")
        assert not hung.done()
        hung.cancel()
        return answer.status

    assert asyncio.run(both()) == 201


def _offers(control: OfficeControl, raw: bytes) -> tuple[int, int]:
    """Offers and acceptances of a letter, once the office has seen it."""
    until(lambda: control.letter(id_of(raw)))
    found = control.letter(id_of(raw))
    assert found is not None
    record = found["offices"][OFFICE]
    return record["offers"], len(record["receipts"])


def _post_by_hand(control: OfficeControl, raw: bytes, upto: int | None = None) -> socket.socket:
    host, _, port = control.base_url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    head = (
        f"POST /offices/{OFFICE}/letters HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {id_of(raw)}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    connection.sendall(head.encode() + raw[:upto])
    return connection
