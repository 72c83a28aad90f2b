"""Recipients of a campaign's own list: who serves the person is written to, and who only may is never guessed at."""

from __future__ import annotations

from typing import Any, Final

import pytest

from schemas.campaign import Campaign
from schemas.recipient import Recipient
from schemas.resolved import Seat as HeldSeat
from services.resolve.policy import Choice, choose
from services.resolve.resolution import Resolution
from tests.unit import made
from tests.unit.test_resolve_policy import (
    ASK_STREET,
    CONTRADICTED,
    CROSS_STATE,
    DC,
    HOUSE,
    MILITARY,
    STATE_ONLY,
    certain,
    split,
)

LIST: Final = "list:board"
EVERYONE: Final = ("x-chair", ())
NEW_YORK: Final = ("x-albany", ("NY", "VT"))
HARLEM: Final = ("x-harlem", ("HNY13",))
MIDTOWN: Final = ("x-midtown", ("HNY12", "HNY10"))
ROME: Final = ("x-rome", ("HGA14",))
MICRONESIA: Final = Resolution("no_representation", "zip3", ("FM",), reasons=("freely_associated",))


def campaign(*rows: tuple[str, tuple[str, ...]], targets: tuple[str, ...] = (LIST,), **changes: Any) -> Campaign:
    recipients = tuple(Recipient(id=office, list="board", name=office, serves=serves) for office, serves in rows)
    return made.campaign("open", targets=targets, recipients=recipients, **changes)


def choice(answer: Resolution, found: Campaign) -> Choice:
    return choose(answer, found, lambda office: HeldSeat(office=office, status="held"))


@pytest.mark.parametrize(
    ("answer", "rows", "expected"),
    [
        (certain(), (EVERYONE,), Choice(("x-chair",))),
        (certain(), (MIDTOWN, HARLEM, ROME, NEW_YORK, EVERYONE), Choice(("x-harlem", "x-albany", "x-chair"))),
        (certain(), (MIDTOWN, ROME), Choice((), "no_such_recipient")),
        (DC, (NEW_YORK,), Choice((), "no_such_recipient")),
        # Everyone's recipient needs no address.
        (MILITARY, (EVERYONE,), Choice(("x-chair",))),
        (CONTRADICTED, (EVERYONE,), Choice(("x-chair",))),
        # The state alone is enough for who serves the state.
        (split(), (NEW_YORK, ROME), Choice(("x-albany",))),
        (STATE_ONLY, (NEW_YORK,), Choice(("x-albany",))),
        (MICRONESIA, (("x-pohnpei", ("FM",)), NEW_YORK), Choice(("x-pohnpei",))),
        # Who may serve the person is asked about.
        (split(), (NEW_YORK, HARLEM), Choice((), "ambiguous", ASK_STREET)),
        (split(), (NEW_YORK, ("x-bronx", ("HNY15",))), Choice(("x-albany",))),
        (STATE_ONLY, (HARLEM,), Choice((), "state_only", ASK_STREET)),
        (STATE_ONLY, (ROME,), Choice((), "no_such_recipient")),
        (CROSS_STATE, (("x-georgia", ("GA",)),), Choice((), "ambiguous", ("state",))),
        (CONTRADICTED, (NEW_YORK,), Choice((), "ambiguous", ("state", "zip"))),
        (MILITARY, (EVERYONE, NEW_YORK), Choice((), "needs_voting_residence", ("voting_residence",))),
        (Resolution("not_us"), (NEW_YORK,), Choice((), "no_such_recipient")),
    ],
)
def test_who_serves_the_person_is_chosen_and_who_may_is_asked_about(
    answer: Resolution, rows: tuple[tuple[str, tuple[str, ...]], ...], expected: Choice
) -> None:
    assert choice(answer, campaign(*rows)) == expected


def test_without_one_who_serves_the_person_the_other_targets_go() -> None:
    assert choice(certain(), campaign(ROME, targets=(HOUSE, LIST))) == Choice(("HNY13",))


def test_senators_only_leaves_out_who_may_serve_the_person() -> None:
    assert choice(split(), campaign(NEW_YORK, HARLEM, ambiguity="senators_only")) == Choice(("x-albany",))
    assert choice(split(), campaign(HARLEM, ambiguity="senators_only")) == Choice((), "ambiguous", ASK_STREET)


def test_a_guess_that_is_good_enough_for_the_representative_is_so_for_a_list() -> None:
    found = campaign(MIDTOWN, HARLEM, targets=(LIST, HOUSE), ambiguity="best_guess")
    assert choice(split(0.96), found) == Choice(("x-harlem", "HNY13"))
    assert choice(split(0.94), found) == Choice((), "ambiguous", ASK_STREET)
    georgia = campaign(("x-georgia", ("GA",)), ("x-alabama", ("AL",)), ambiguity="best_guess")
    assert choice(CROSS_STATE, georgia) == Choice(("x-georgia",))


def test_each_list_is_a_target_of_its_own() -> None:
    both = campaign(EVERYONE)
    other = Recipient(id="x-press", list="press", name="The press")
    found = both.model_copy(update={"recipients": (*both.recipients, other)})
    assert choice(certain(), found) == Choice(("x-chair",))
    found = found.model_copy(update={"targets": ("list:press", LIST, "list:nobody")})
    assert choice(certain(), found) == Choice(("x-press", "x-chair"))


def test_the_list_of_the_newest_version_counts() -> None:
    assert choice(certain(), campaign(EVERYONE)) == Choice(("x-chair",))
    assert choice(certain(), campaign(NEW_YORK, version=2)) == Choice(("x-albany",))
