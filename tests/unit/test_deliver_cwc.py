"""Which letters go to congressional intake, and what is checked there before the first of a text is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from deploy.local.office_faults import Fault, Hang, Refuse, Reset, Slow
from schemas.letter import Letter
from schemas.letter import Unfit as UnfitForm
from services.deliver.answers import Answer, of_cwc, of_failure, of_local
from services.deliver.channel import Channel, Unfit
from services.deliver.channels.cwc.channel import Cwc
from tests.unit import made
from tests.unit.cwc_far_side import HURRIED, Intake, body_of, channel, intake, letter, meet, run, settings

NOT_VALIDATED = of_local("not_validated")


def opened(tmp_path: Path, **changes: Any) -> Channel:
    """The House's channel; nobody listens at its address."""
    return Cwc.opened(settings(tmp_path, "http://127.0.0.1:9", **changes), "house")


def test_the_body_is_the_document_as_render_made_it(tmp_path: Path) -> None:
    ours = letter()
    assert ours.cwc is not None
    assert opened(tmp_path).body(ours, "anything") == ours.cwc.encode()


@pytest.mark.parametrize(
    ("ours", "reason"),
    [
        (letter(chamber="senate"), "not_this_chamber"),
        (made.letter(office="x-river-commission"), "not_this_chamber"),
        (made.letter(), "no_cwc_form"),
        (made.letter(unfit=(UnfitForm(form="paper", reason="glyph_missing"),)), "no_cwc_form"),
        (
            made.letter(unfit=(UnfitForm(form="paper", reason="x"), UnfitForm(form="cwc", reason="state_not_taken"))),
            "state_not_taken",
        ),
        (letter().model_copy(update={"letter_id": made.identity(2)}), "cwc_of_another_letter"),
        (letter().model_copy(update={"office": "HNY12"}), "cwc_of_another_letter"),
    ],
)
def test_a_letter_that_cannot_go_this_way_says_why(tmp_path: Path, ours: Letter, reason: str) -> None:
    assert opened(tmp_path).body(ours, "") == Unfit(reason)


def test_the_house_is_not_taken_for_idempotent_unless_told_and_the_senate_is(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9"
    house, senate = (
        Cwc.opened(settings(tmp_path, url), "house"),
        Cwc.opened(settings(tmp_path, url, "senate"), "senate"),
    )
    assert (house.name, house.idempotent, senate.name, senate.idempotent) == ("cwc-house", False, "cwc-senate", True)
    assert opened(tmp_path, cwc_house_idempotent=True).idempotent


def test_one_letter_of_a_text_is_checked_before_the_first_is_sent(tmp_path: Path) -> None:
    async def work() -> None:
        async with intake(tmp_path) as there, channel(tmp_path, there.url) as one:

            async def send(*letters: Letter) -> set[str]:
                answers = await asyncio.gather(*(one.attempt(ours, "", body_of(one, ours)) for ours in letters))
                return {answer.verdict for answer in answers}

            assert await send(*(letter(number) for number in range(1, 9))) == {"accepted"}
            assert (there.desk.asked["validate"], there.desk.asked["message"]) == (1, 8)
            assert await send(*(letter(number, campaign_version=2) for number in range(9, 12))) == {"accepted"}
            assert await send(letter(12, campaign_version=2, version="b")) == {"accepted"}
            assert await send(letter(13, campaign="another")) == {"accepted"}
            assert (there.desk.asked["validate"], there.desk.asked["message"]) == (4, 13)

    run(work())


def test_a_letter_that_the_check_refuses_is_not_sent_and_refuses_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        async with intake(tmp_path) as there, channel(tmp_path, there.url) as one:
            bad = letter(1)
            assert bad.cwc is not None
            bad = bad.model_copy(update={"cwc": bad.cwc.replace("<Zip>10027</Zip>", "<Zip>canary</Zip>")})
            both = await asyncio.gather(*(one.attempt(ours, "", body_of(one, ours)) for ours in (bad, letter(2))))
            assert [answer.verdict for answer in both] == ["refused", "accepted"]
            assert (both[0].reason, both[0].status) == ("not_valid", 400)
            assert (there.desk.asked["validate"], there.desk.asked["message"]) == (2, 1)

    run(work())
    (told,) = [record.__dict__ for record in caplog.records if record.message == "cwc_not_valid"]
    assert (told["fault"], told["letter_id"]) == ("cwc_zip", made.identity(1))


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (Refuse(status=500), of_local("not_validated")),
        (Refuse(status=504), of_local("not_validated")),
        (Refuse(status=415), of_local("not_validated")),
        (Refuse(status=404), of_cwc(404)),
        (Refuse(status=403), of_cwc(403)),
        (Refuse(status=429, retry_after="9"), of_cwc(429, 9.0)),
        (Refuse(status=503), of_cwc(503)),
        (Reset(when="after_reading"), NOT_VALIDATED),
        (Hang(seconds=600), NOT_VALIDATED),
        (Slow(seconds=600), NOT_VALIDATED),
    ],
)
def test_without_a_check_nothing_is_sent_and_it_is_tried_again(tmp_path: Path, fault: Fault, answer: Answer) -> None:
    got, accepted, asked = run(meet(tmp_path, lambda there: there.behave("validate", fault), attempt_seconds=HURRIED))
    assert (got.verdict, got.reason, got.pauses, got.retry_after) == (
        answer.verdict, answer.reason, answer.pauses, answer.retry_after,
    )  # fmt: skip
    assert got.verdict in ("retry", "throttle")
    assert (accepted, asked) == (0, 0)


def test_a_check_that_hangs_costs_one_question_however_many_wait_for_it(tmp_path: Path) -> None:
    async def work() -> tuple[list[Answer], Intake]:
        async with intake(tmp_path) as there, channel(tmp_path, there.url, attempt_seconds=HURRIED) as one:
            there.behave("validate", Hang(seconds=600))
            letters = [letter(number) for number in range(1, 30)]
            answers = await asyncio.gather(*(one.attempt(ours, "", body_of(one, ours)) for ours in letters))
            there.behave("validate", None)
            answers.append(await one.attempt(letters[0], "", body_of(one, letters[0])))
            return answers, there

    answers, there = run(work())
    assert {answer.verdict for answer in answers[:-1]} == {"retry"}
    assert answers[-1].verdict == "accepted"
    assert (there.desk.asked["validate"], there.desk.asked["message"]) == (2, 1)


def test_a_check_that_was_begun_by_an_attempt_that_is_given_up_leaves_nobody_waiting(tmp_path: Path) -> None:
    async def work() -> Answer:
        async with intake(tmp_path) as there, channel(tmp_path, there.url) as one:
            there.behave("validate", Hang(seconds=600))
            first, second = letter(1), letter(2)
            begun = asyncio.create_task(one.attempt(first, "", body_of(one, first)))
            while not there.desk.asked["validate"]:  # noqa: ASYNC110 - the intake is no part of the test's events
                await asyncio.sleep(0.01)
            waiting = asyncio.create_task(one.attempt(second, "", body_of(one, second)))
            await asyncio.sleep(0.05)
            begun.cancel()
            return await asyncio.wait_for(waiting, 10)

    assert run(work()) == NOT_VALIDATED


def test_who_gives_up_waiting_for_a_check_spoils_it_for_nobody(tmp_path: Path) -> None:
    async def work() -> list[Answer]:
        async with intake(tmp_path) as there, channel(tmp_path, there.url) as one:
            there.behave("validate", Slow(seconds=0.5))
            letters = [letter(number) for number in range(1, 4)]
            attempts = [asyncio.create_task(one.attempt(ours, "", body_of(one, ours))) for ours in letters]
            await asyncio.sleep(0.2)
            attempts[1].cancel()
            return [await attempts[0], await attempts[2]]

    assert [answer.verdict for answer in run(work())] == ["accepted"] * 2


def test_a_letter_waits_for_the_checks_of_others_no_longer_than_its_own_time(tmp_path: Path) -> None:
    async def work() -> list[Answer]:
        async with intake(tmp_path) as there, channel(tmp_path, there.url, attempt_seconds=HURRIED) as one:
            there.behave("validate", Slow(seconds=0.3 * HURRIED))
            bad = [
                ours.model_copy(update={"cwc": (ours.cwc or "").replace(">10027<", ">X<")})
                for ours in map(letter, range(1, 9))
            ]
            return await asyncio.gather(*(one.attempt(ours, "", body_of(one, ours)) for ours in bad))

    assert {answer.reason for answer in run(work())} == {"not_valid", "not_validated"}


def test_a_chamber_without_a_check_is_sent_to_at_once_and_its_refusal_names_the_rule(tmp_path: Path) -> None:
    async def work() -> tuple[Answer, Intake]:
        async with (
            intake(tmp_path) as there,
            channel(tmp_path, there.url, cwc_house_paths={"validate": ""}) as one,
        ):
            bad = letter()
            assert bad.cwc is not None
            bad = bad.model_copy(update={"cwc": bad.cwc.replace("<City>Canaryville</City>", "<City>X</City>")})
            return await one.attempt(bad, "", body_of(one, bad)), there

    answer, there = run(work())
    assert (answer.verdict, answer.reason, answer.status) == ("refused", "cwc_city", 400)
    assert there.desk.asked["validate"] == 0
    assert there.count("accepted") == 0


def test_every_attempt_ends_in_its_time_even_if_check_and_sending_both_hang(tmp_path: Path) -> None:
    def both(there: Intake) -> None:
        there.behave("validate", Slow(seconds=0.05 * HURRIED))
        there.behave("message", Hang(seconds=600))

    async def work() -> tuple[Answer, int, int]:
        return await asyncio.wait_for(meet(tmp_path, both, attempt_seconds=HURRIED), 10 * HURRIED)

    assert run(work()) == (of_failure("no_answer"), 0, 1)
