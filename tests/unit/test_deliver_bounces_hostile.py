"""No mail stops the reading of mails, however broken: cut, garbled, nested, huge, or made up to do so."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32, default
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.deliver.channels.smtp.bounces import Bounce, sort
from services.deliver.channels.smtp.dsn import REASONS
from tests.unit.returned_mail import CANARY, LETTER, away, notification, prose

NOW: Final = datetime(2026, 3, 11, tzinfo=UTC)
MAILS: Final = (notification(), notification(original="text/rfc822-headers"), prose(), away())
LINES: Final = sorted({line for mail in MAILS for line in mail.splitlines(keepends=True)})
GARBAGE: Final = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\r",
    b"=?utf-8?b?////?=",
    b'"',
    b"(((",
    b"<<>>",
    b"; charset=\xff",
    b"\n\n",
    b":",
)


def holds(message: Message) -> Bounce:
    bounce = sort(message, NOW)
    if bounce.found:
        assert bounce.found.letter_id == LETTER
        assert bounce.found.reason in REASONS | {"delivered"}
        assert bounce.found.reported_at <= NOW
    assert CANARY not in repr(bounce)
    return bounce


def parsed(raw: bytes) -> Message | None:
    try:
        return message_from_bytes(raw, policy=default)
    except Exception:  # noqa: BLE001 - the parser's own; the command counts such a mail as unreadable
        return None


@given(st.data())
@settings(max_examples=400)
def test_mails_with_parts_cut_out_and_put_in_are_sorted(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(MAILS)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        until = min(len(raw), at + data.draw(st.sampled_from([0, 0, 1, 5, 80])))
        raw[at:until] = data.draw(st.one_of(st.sampled_from(GARBAGE), st.sampled_from(LINES), st.binary(max_size=20)))
    message = parsed(bytes(raw))
    if message is not None:
        bounce = sort(message, NOW)
        assert bounce.found is None or bounce.found.reason in REASONS | {"delivered"}


@given(st.lists(st.sampled_from(LINES), max_size=40))
def test_lines_of_mails_in_any_order_are_sorted(lines: list[bytes]) -> None:
    message = parsed(b"".join(lines))
    if message is not None:
        holds(message)


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_sorted(raw: bytes) -> None:
    for policy in (default, compat32):
        holds(message_from_bytes(raw, policy=policy))


@pytest.mark.parametrize(
    "header", ["From", "To", "Date", "Content-Type", "Auto-Submitted", "Message-ID", "Delivered-To"]
)
@pytest.mark.parametrize("value", GARBAGE)
def test_a_header_that_nobody_can_read_is_taken_for_absent(header: str, value: bytes) -> None:
    for raw in (notification(), prose()):
        holds(message_from_bytes(header.encode() + b": " + value + b"\n" + raw, policy=default))


@pytest.mark.parametrize(("header", "value"), [("To", '"'), ("From", "<"), ("Message-ID", "<"), ("Reply-To", ":;;")])
def test_a_header_that_the_library_fails_on_hides_no_bounce(header: str, value: str) -> None:
    raw = f"{header}: {value}\n".encode() + notification()
    with pytest.raises((IndexError, AttributeError)):
        message_from_bytes(raw, policy=default).items()
    assert holds(message_from_bytes(raw, policy=default)).kind == "bounced"


def test_nesting_without_end_is_bounded() -> None:
    inner = notification()
    for depth in range(60):
        mark = f"=_{depth}"
        inner = (
            f'Content-Type: multipart/mixed; boundary="{mark}"\n\n--{mark}\n'.encode()
            + inner
            + f"\n--{mark}--\n".encode()
        )
    message = parsed(inner)
    assert message is not None
    holds(message)
    many = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 20_000
    assert holds(message_from_bytes(many, policy=default)).kind == "nothing"


def test_a_huge_mail_is_sorted_by_what_stands_in_front() -> None:
    raw = notification(returned="x" * 1_000 + "\n" + "y" * 3_000_000)
    assert holds(message_from_bytes(raw[: 2 << 20], policy=default)).kind == "bounced"


@pytest.mark.parametrize("text", ["5" * 200_000, "said " * 50_000, "550 " * 50_000, "#5." * 60_000, "5.1." * 50_000])
def test_no_text_makes_the_looking_slow(text: str) -> None:
    """Bounded by the time limit of the test: looking again and again from each place would take hours."""
    holds(message_from_bytes(prose(text), policy=default))
    holds(message_from_bytes(notification(diagnostic=text, status=""), policy=default))


def test_mails_cut_at_any_byte_are_sorted() -> None:
    dice = random.Random(7)
    for mail in MAILS:
        for _ in range(60):
            holds(message_from_bytes(mail[: dice.randrange(len(mail))], policy=default))
