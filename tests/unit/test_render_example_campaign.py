"""The campaign that the project shows newcomers, as its letters read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from schemas.letter import LetterRendered
from schemas.topics import LETTERS
from schemas.wire import read
from services.cli.campaign import load_campaign
from services.render.handler import Deps, handle
from services.render.templates import compile_campaign
from tests.unit import made

CAMPAIGN: Final = load_campaign(Path(__file__).parents[2] / "campaigns" / "syria-accountability.yaml")
END: Final = "Please tell me where you stand.\n\nSincerely,\nDr. Maria Canary"


def body(office: str, message: str | None) -> str:
    person = made.constituent(prefix="Dr.", city="Harlem")
    event = made.resolved(office, person=person, campaign=CAMPAIGN.slug, message=message)
    (outcome,) = handle(event, Deps({CAMPAIGN.slug: compile_campaign(CAMPAIGN)}.get))
    letter = read(LetterRendered, made.emitted(outcome, LETTERS)).data
    assert letter.subject == "Support accountability for atrocities in Syria"
    return letter.body


@pytest.mark.parametrize("message", [None, "My canary died.", "My canary died.\n\nHe was old."])
@pytest.mark.parametrize(
    ("office", "greeting"), [("HNY13", "Dear Representative,\n\n"), ("SNY01", "Dear Senator,\n\n")]
)
def test_it_reads_well_for_either_chamber_with_and_without_a_message(
    office: str, greeting: str, message: str | None
) -> None:
    text = body(office, message)
    assert text.startswith(f"{greeting}I live in Harlem, and I am writing to ask you to support H. Res. 229,")
    own = f"{message}\n\n" if message else ""
    assert text.endswith(f"\n\n{own}{END}") if own else text.endswith(f"a price.\n\n{END}")
    assert "\n\n\n" not in text
    assert not any(line != line.strip() for line in text.split("\n")), "no line begins or ends in space"
    assert "{" not in text


def test_it_is_what_the_demo_tells_of() -> None:
    assert CAMPAIGN.targets == ("your_representative",)
    assert CAMPAIGN.topics == ("International Affairs",)
    assert CAMPAIGN.bill is not None
    assert (CAMPAIGN.bill.congress, CAMPAIGN.bill.type, CAMPAIGN.bill.number) == (113, "hres", 229)
