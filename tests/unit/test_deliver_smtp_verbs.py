"""Each way in which a relay can answer or fail, verb by verb: what it means, and whether the letter could have arrived."""

from __future__ import annotations

import asyncio
import logging
from typing import get_args

import pytest

from services.deliver.answers import Answer, of_smtp, of_smtp_failure
from services.deliver.answers.smtp import Verb
from tests.unit import made
from tests.unit.smtp_desk import DRIP, DROP, HANG, NONSENSE, Desk, body_of, channel, desk, meet, send

ASKED = ("connect", "ehlo", "mail", "rcpt", "data", "message")
HASTE = 0.8


def test_a_letter_goes_out_under_its_own_return_path_and_the_relays_receipt_is_kept() -> None:
    answer, there = meet({})
    assert answer == of_smtp("message", 250, "4F2A3B99")
    assert answer.verdict == "accepted"
    (mail,) = there.mails
    assert mail.sender.startswith(
        f"MAIL FROM:<bounces+{made.identity(1).replace('-', '')}.HNY13@postbag.example> SIZE="
    )
    assert mail.recipient == "RCPT TO:<HNY13@offices.example>"
    assert there.heard == ["ehlo", "mail", "rcpt", "data", "quit"]


def test_a_relay_that_knows_how_is_asked_for_bounces_without_the_letters_text() -> None:
    answer, there = meet({"ehlo": ["250-desk.example\r\n250 DSN"]})
    assert answer.verdict == "accepted"
    (mail,) = there.mails
    assert mail.sender.endswith(f" RET=HDRS ENVID={made.identity(1)}")
    assert mail.recipient == "RCPT TO:<HNY13@offices.example> NOTIFY=FAILURE"


@pytest.mark.parametrize("code", [421, 450, 451, 452, 454, 500, 521, 550, 552, 553, 554])
@pytest.mark.parametrize("verb", ASKED)
def test_each_reply_is_given_the_meaning_that_it_has_at_its_verb(verb: Verb, code: int) -> None:
    answer, there = meet({verb: [f"{code} 4.0.0 <HNY13@offices.example> no"]})
    assert answer == of_smtp(verb, code)
    assert there.mails == []
    assert len(there.offered) == (verb == "message"), "nothing of the letter is sent before it is wanted"


@pytest.mark.parametrize("verb", ASKED)
@pytest.mark.parametrize(
    ("act", "kind"), [(DROP, "lost"), (HANG, "timed_out"), (DRIP, "timed_out"), (NONSENSE, "strange")]
)
def test_each_failure_is_told_by_its_verb(verb: Verb, act: str, kind: str) -> None:
    answer, there = meet({verb: [act]}, attempt_seconds=HASTE if kind == "timed_out" else 5)
    assert answer == of_smtp_failure(verb, kind)  # type: ignore[arg-type]
    assert (answer.verdict == "unknown") == (verb == "message"), "only the reply to the letter itself can be missed"
    assert there.mails == []


def test_a_drop_after_the_final_dot_leaves_it_open_and_a_repeat_has_the_same_bytes() -> None:
    async def run() -> tuple[Answer, Answer, Desk]:
        async with desk({"message": [DROP]}) as there, channel(there.port) as opened:
            return await send(opened), await send(opened), there

    first, again, there = asyncio.run(run())
    assert (first.verdict, again.verdict) == ("unknown", "accepted")
    assert there.offered[0] == there.offered[1]


def test_a_drop_after_the_250_is_an_acceptance() -> None:
    answer, there = meet({"message": [f"250 2.0.0 Ok: queued as 4F2A3B99{DROP}"]})
    assert answer == of_smtp("message", 250, "4F2A3B99")
    assert len(there.mails) == 1


@pytest.mark.parametrize("act", ["500 no", DROP, HANG])
def test_a_relay_that_does_not_say_goodbye_changes_nothing(act: str) -> None:
    answer, there = meet({"quit": [act]})
    assert answer.verdict == "accepted"
    assert there.heard[-1] == "quit"


def test_a_greylisted_letter_is_taken_when_it_comes_again() -> None:
    async def run() -> list[Answer]:
        async with desk({"rcpt": ["451 4.7.1 Greylisted, come back"] * 2}) as there, channel(there.port) as opened:
            answers = [await send(opened) for _ in range(3)]
            assert there.connections == 1
            assert there.heard.count("rset") == 2, "a transaction that was broken off is undone before the next"
            return answers

    assert [answer.verdict for answer in asyncio.run(run())] == ["retry", "retry", "accepted"]


def test_a_relay_that_stops_reading_has_no_letter_and_gets_none_afterwards() -> None:
    """The final dot has not left the process, which can be shown, so nothing is unknown about it."""
    seen = bytearray()

    async def stuck(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            writer.write(line)
            if line[:3] != b"354":
                await reader.readline()
        await asyncio.sleep(3 * HASTE)
        while some := await reader.read(1 << 20):
            seen.extend(some)
        writer.close()

    async def run() -> Answer:
        server = await asyncio.start_server(stuck, "127.0.0.1", 0, limit=1 << 16)
        port = server.sockets[0].getsockname()[1]
        async with channel(port, attempt_seconds=HASTE) as opened:
            head = body_of(opened, made.letter())
            answer = await opened.attempt(made.letter(), "", head + b"a line of many\r\n" * 2_000_000)
        await asyncio.sleep(4 * HASTE)
        server.close()
        return answer

    assert asyncio.run(run()) == of_smtp_failure("data", "timed_out")
    assert not seen.endswith(b"\r\n.\r\n")


def test_nobody_there_is_told_from_somebody_who_hangs_up() -> None:
    async def run() -> Answer:
        async with desk() as there:
            port = there.port
        async with channel(port) as opened:
            return await send(opened)

    assert asyncio.run(run()) == of_smtp_failure("connect", "refused")


def test_every_verb_of_the_answers_is_one_of_the_sessions() -> None:
    from services.deliver.answers import smtp

    assert get_args(smtp.Verb) == get_args(Verb)


@pytest.mark.parametrize("verb", ASKED)
def test_what_a_relay_quotes_gets_into_no_log_and_no_error(verb: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for act in ("550 5.1.1 <maria@canary.example> canary", f"Canary {NONSENSE}", "451 canary"):
        answer, _ = meet({verb: [act]})
        assert "canary" not in repr(answer).lower()
    said = [record.getMessage() for record in caplog.records if record.name != "asyncio"]
    assert "canary" not in " ".join(said).lower()
