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
from services.deliver.channels import Channels
from services.deliver.channels.cwc.settings import Chamber
from services.deliver.channels.outbox import Outbox
from services.deliver.offices import Offices
from services.deliver.routing import Routing
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
CHAMBERS: Final[tuple[Chamber, ...]] = ("house", "senate")
TAKE_PART: Final = {
    "house": tuple(one.office for one in SEATS if one.chamber == "house"),
    "senate": tuple(one.office for one in SEATS if one.chamber == "senate")[::2],  # half of them, as it is
}
ROUTES: Final = """
offices:
  - {match: "H*", channels: [cwc-house, outbox]}
  - {match: "S*", channels: [cwc-senate, outbox]}
"""


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


async def deliver(folder: Path, made: list[Letter]) -> tuple[list[Letter], list[tuple[Letter, str]]]:
    """Each letter goes by the first channel of its office that carries it: to intake, or to the outbox and why."""
    (folder / "offices.yaml").write_text(ROUTES)
    sent: list[Letter] = []
    elsewhere: list[tuple[Letter, str]] = []
    async with AsyncExitStack() as stack:
        there = {chamber: await stack.enter_async_context(intake(folder / chamber, chamber, TAKE_PART[chamber]))
                 for chamber in CHAMBERS}  # fmt: skip
        ways = {chamber: await stack.enter_async_context(channel(folder, there[chamber].url, chamber))
                for chamber in CHAMBERS}  # fmt: skip
        for way in ways.values():
            way._offices.keep_fresh(way._intake)
            await way._offices.settled()
        channels = Channels({
            "cwc-house": lambda: ways["house"],
            "cwc-senate": lambda: ways["senate"],
            "outbox": lambda: Outbox(folder / "outbox"),
        })  # fmt: skip
        routing = Routing(Offices.load(folder / "offices.yaml", "outbox", 8), channels)
        waiting = iter(made)

        async def work() -> None:
            for letter in waiting:
                way = routing.first(letter)
                assert not isinstance(way, Unfit), way
                if way.channel.name == "outbox":
                    reason = ways["house" if letter.office.startswith("H") else "senate"].body(letter, "")
                    assert isinstance(reason, Unfit)
                    elsewhere.append((letter, reason.reason))
                    continue
                chamber: Chamber = "house" if way.channel.name == "cwc-house" else "senate"
                assert second_opinion(way.body, chamber)
                answer = await way.channel.attempt(letter, way.to, way.body)
                assert (answer.verdict, answer.status) == ("accepted", 201), (answer, letter.letter_id)
                sent.append(letter)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        taken = Counter(found for one in there.values() for found, _ in one.book.acceptances())
        assert taken == Counter((letter.letter_id.replace("-", ""), letter.office) for letter in sent)
        for one in there.values():
            report = one.book.report()
            assert (report["accepted_twice"], report["duplicates_offered"], report["malformed"]) == (0, 0, {})
            assert one.desk.asked["validate"] == 1
    return sent, elsewhere


@pytest.mark.timeout(240)
def test_each_of_5000_letters_is_taken_by_its_chamber_or_goes_another_way_with_a_reason(tmp_path: Path) -> None:
    made = letters()
    assert len({letter.letter_id for letter in made}) == len(made) == PEOPLE
    sent, elsewhere = run(deliver(tmp_path, made))
    assert len(sent) + len(elsewhere) == PEOPLE
    assert len(sent) > PEOPLE / 3
    assert len([letter for letter in made if is_unreachable(letter)]) > 50
    assert not any(is_unreachable(letter) for letter in sent)
    for letter, reason in elsewhere:
        if reason == "office_inactive":
            assert letter.office not in (*TAKE_PART["house"], *TAKE_PART["senate"])
        else:
            assert [reason] == [unfit.reason for unfit in letter.unfit if unfit.form == "cwc"]
    told = Counter(reason for _, reason in elsewhere)
    assert told["state_not_taken"] > 20
    assert told["office_inactive"] > 100
    assert len(told) >= 8
