"""5,000 varied letters: each is sent to its chamber and taken by the format's rules, or has a reason to go another way.

The letters are render's own, through its bytes. The judges are the local intakes (a check by hand) and RelaxNG, and share
nothing with render's rules.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from schemas.letter import Letter
from services.deliver.channel import Unfit
from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.cwc.settings import Chamber
from services.pipeline.settings import load
from services.render.forms.opening import Forms
from services.render.handler import Deps
from services.render.settings import RenderSettings
from services.render.templates import compile_campaign
from services.resolve.seats import load_seats
from tests.unit.cwc_documents import campaign, second_opinion
from tests.unit.cwc_far_side import channel, intake, run
from tests.unit.render_bench import resolved, seat, written
from tests.unit.test_render_cwc_in_letters import ASKED
from tests.unit.test_render_cwc_people import drawn
from tests.unit.test_render_cwc_settings import GIVEN

PEOPLE: Final = 5000
AT_ONCE: Final = 8
NOT_TAKEN: Final = ("AA", "AE", "AP", "FM", "MH", "PW")
"""Military mail, and the freely associated states that have no seat."""
SEATS: Final = load_seats()
OFFICES: Final = {
    "cwc-house": tuple(one.office for one in SEATS if one.chamber == "house"),
    "cwc-senate": tuple(one.office for one in SEATS if one.chamber == "senate")[::2],  # half of them take part
}


def letters() -> list[Letter]:
    """What render writes for people who are anywhere and type anything, each to some seat of Congress."""
    dice, offices = random.Random(6), [one.office for one in SEATS]
    deps = Deps({"open": compile_campaign(campaign(**ASKED))}.get, Forms(load(RenderSettings, **GIVEN)))
    made = []
    for number in range(PEOPLE):
        facts = drawn(dice, offices)
        person = facts.constituent.model_copy(update={"email": f"{number}.{facts.constituent.email}"})
        changes: dict[str, Any] = {"person": person}
        if facts.parts.own_words and len(facts.parts.own_words) <= 10_000:
            changes["message"] = facts.parts.own_words
        made += written(resolved(seat(facts.office), **changes), deps)
    return made


def is_unreachable(letter: Letter) -> bool:
    return letter.constituent.address.state in NOT_TAKEN


async def deliver(folder: Path, made: list[Letter]) -> tuple[list[Letter], dict[str, tuple[Letter, list[str]]]]:
    """Each letter goes by the first channel that carries it. Those sent, and those not, with each channel's reason."""
    sent: list[Letter] = []
    left: dict[str, tuple[Letter, list[str]]] = {}
    async with AsyncExitStack() as stack:
        ways: list[Cwc] = []
        desks = []
        for chamber in ("house", "senate"):
            kind: Chamber = chamber
            there = await stack.enter_async_context(intake(folder / chamber, kind, OFFICES[f"cwc-{chamber}"]))
            ways.append(await stack.enter_async_context(channel(folder, there.url, kind)))
            desks.append(there)
            ways[-1]._offices.keep_fresh(ways[-1]._intake)
            await ways[-1]._offices.settled()
        waiting = iter(made)

        async def work() -> None:
            for letter in waiting:
                reasons: list[str] = []
                for way in ways:
                    body = way.body(letter, "")
                    if isinstance(body, Unfit):
                        reasons.append(body.reason)
                        continue
                    assert second_opinion(body, "house" if way.name == "cwc-house" else "senate")
                    answer = await way.attempt(letter, "", body)
                    assert (answer.verdict, answer.status) == ("accepted", 201), (answer, letter.letter_id)
                    sent.append(letter)
                    break
                else:
                    left[letter.letter_id] = letter, reasons

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        taken = Counter({found for there in desks for found, _ in there.book.acceptances()})
        assert taken == Counter((letter.letter_id.replace("-", ""), letter.office) for letter in sent)
        for there in desks:
            report = there.book.report()
            assert (report["accepted_twice"], report["duplicates_offered"], report["malformed"]) == (0, 0, {})
            assert there.desk.asked["validate"] == 1
    return sent, left


@pytest.mark.timeout(240)
def test_each_of_5000_letters_is_taken_by_its_chamber_or_goes_another_way_with_a_reason(tmp_path: Path) -> None:
    made = letters()
    assert len({letter.letter_id for letter in made}) == len(made) == PEOPLE
    sent, left = run(deliver(tmp_path, made))
    assert len(sent) + len(left) == PEOPLE
    assert len(sent) > PEOPLE / 3
    unreachable = [letter for letter in made if is_unreachable(letter)]
    assert len(unreachable) > 50
    assert not any(is_unreachable(letter) for letter in sent)
    for letter, reasons in left.values():
        own = reasons[0] if letter.office.startswith("H") else reasons[1]
        assert sorted([own, "not_this_chamber"]) == sorted(reasons)
        if own == "office_inactive":
            assert letter.office in {one.office for one in SEATS} - {*OFFICES["cwc-house"], *OFFICES["cwc-senate"]}
        else:
            assert [own] == [unfit.reason for unfit in letter.unfit if unfit.form == "cwc"]
    told = Counter(reasons[letter.office.startswith("S")] for letter, reasons in left.values())
    assert told["state_not_taken"] > 20
    assert told["office_inactive"] > 100
    assert len(told) >= 8
