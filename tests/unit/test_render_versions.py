"""Several versions of a letter: a stable share of the people gets each, whoever asks and however often."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.campaign import LetterVersion
from services.render.templates import TemplateFault, compile_campaign, number_of
from tests.unit import made
from tests.unit.render_bench import resolved, seat, written

SHORT = LetterVersion(name="short", share=20, letter="Short to {{ decision_maker }}.")
ASKING = LetterVersion(name="asking", share=30, subject="A question to {{ decision_maker }}", letter="Why?")
VERSIONS = (SHORT, ASKING)


def named(person: str, **campaign: Any) -> str:
    return compile_campaign(made.campaign("open", versions=VERSIONS, **campaign)).text_for(person).name


def test_each_version_gets_its_share_of_the_people() -> None:
    template = compile_campaign(made.campaign("open", versions=VERSIONS))
    found = Counter(template.text_for(f"person {number}\x1fp{number}@example.org").name for number in range(20_000))
    # The people are the same in every run; shares of 20,000 stray by less than 1.3 points in 99.999 % of campaigns.
    for name, share in (("short", 0.2), ("asking", 0.3), ("", 0.5)):
        assert abs(found[name] / 20_000 - share) < 0.013


def test_numbers_are_the_ones_they_have_always_been() -> None:
    # A release that makes other ones would change the letters of a running campaign under the people's hands.
    assert [number_of("open", f"person {number}") for number in range(8)] == [98, 82, 31, 61, 77, 87, 29, 44]


def test_a_person_keeps_the_version_whatever_else_changes_in_the_campaign() -> None:
    for number in range(50):
        assert named(f"p{number}") == named(f"p{number}", version=2, subject="Another", letter="Another.")


def test_being_drawn_in_one_campaign_says_nothing_of_another() -> None:
    pairs = Counter((number_of("one", f"p{n}") < 50, number_of("two", f"p{n}") < 50) for n in range(8000))
    assert all(abs(count / 8000 - 0.25) < 0.025 for count in pairs.values())


def test_all_letters_of_a_person_are_of_one_version_and_say_which() -> None:
    seen: set[str | None] = set()
    for number in range(40):
        event = resolved(seat("HNY12"), seat("SNY01"), person=made.constituent(email=f"p{number}@canary.example"))
        house, senate = written(event, versions=VERSIONS, letter="The letter.", subject="The subject")
        assert house.version == senate.version
        subject, body = {
            "short": ("The subject", "Short to Representative Example."),
            "asking": ("A question to Representative Example", "Why?"),
            None: ("The subject", "The letter."),
        }[house.version]
        assert (house.subject, house.body) == (subject, body)
        assert [one.body for one in written(event, versions=VERSIONS, letter="The letter.")] == [
            house.body,
            senate.body,
        ]
        seen.add(house.version)
    assert seen == {"short", "asking", None}


@pytest.mark.parametrize(
    "versions",
    [
        (SHORT, LetterVersion(name="other", share=80, letter="x")),
        (SHORT, SHORT),
    ],
)
def test_versions_leave_some_for_the_letter_and_have_a_name_each(versions: tuple[LetterVersion, ...]) -> None:
    with pytest.raises(ValidationError):
        made.campaign("open", versions=versions)
    assert made.campaign("open", versions=(SHORT, LetterVersion(name="other", share=79, letter="x"))).versions


def test_a_version_that_does_not_compile_is_named_with_its_line() -> None:
    broken = LetterVersion(name="broken", share=1, letter="One\n{{ ")
    with pytest.raises(TemplateFault, match=r"^open: versions\.broken\.letter, line 2: "):
        compile_campaign(made.campaign("open", versions=(SHORT, broken)))
