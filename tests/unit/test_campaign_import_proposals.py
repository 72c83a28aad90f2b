"""What an import proposes and never decides: bills, stance, topics, organization; and whom it takes for a recipient."""

from __future__ import annotations

from datetime import date
from typing import Final, get_args

import pytest

from schemas.campaign import Topic
from services.render.importing.alert import Given, read_alert
from services.render.importing.bills import bills, congress_of, congresses, date_of
from services.render.importing.draft import Draft, Line, Lines
from services.render.importing.form import read_form
from services.render.importing.naming import slug_of
from services.render.importing.proposals import KEYWORDS, organizations, stances, topics
from services.render.importing.targets import read_targets

TODAY: Final = date(2026, 11, 22)


def lines(*texts: str) -> Lines:
    return tuple(Line(number, text) for number, text in enumerate(texts, 1))


def draft(text: str) -> Draft:
    return read_alert(text.encode(), Given(TODAY))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Support H. Res. 229 now", [("hres", 229)]),
        ("H.R. 1, HR 8152 and H.R.45", [("hr", 1), ("hr", 8152), ("hr", 45)]),
        ("S. 2098 or S 2099", [("s", 2098), ("s", 2099)]),
        ("S.J. Res. 4; S. J. Res. 5; SJRes 6", [("sjres", 4), ("sjres", 5), ("sjres", 6)]),
        ("H.Con.Res. 12 and S.Con.Res. 3", [("hconres", 12), ("sconres", 3)]),
        ("H.J.Res. 7, S.Res. 8, S. Res. 9", [("hjres", 7), ("sres", 8), ("sres", 9)]),
        ("H.Amdt. 10 to S.Amdt. 11", [("hamdt", 10), ("samdt", 11)]),
        ("House Resolution 229, Senate Bill 5, House Joint Resolution 2", [("hres", 229), ("s", 5), ("hjres", 2)]),
        ("H.R. No. 44 and H.R. #45", [("hr", 44), ("hr", 45)]),
        ("(H.R. 1) H.R. 1 again", [("hr", 1)]),
        ("The U.S. 50 years ago, 5 hrs 30, pages 12, [[S1:x]], S.O.S. 22, it\u2019s 20, H.R. 0, hr 5", []),
        ("S. 2098,000 dollars, H.R. 123456", []),
    ],
)
def test_bills_are_recognised_however_they_are_written(text: str, found: list[tuple[str, int]]) -> None:
    assert [(bill.type, bill.number) for bill in bills(lines(text))] == found


def test_a_bill_is_proposed_with_its_place_and_never_decided() -> None:
    found = draft("Headline\n\nPass H.R. 12 and S. 34.\n")
    (question,) = (question for question in found.questions if question.field == "bill")
    assert (question.line, question.required) == (3, False)
    assert question.proposals == (
        "bill:",
        "  congress:   # 119 (2025 and 2026) or 118 (2023 and 2024) or 117 (2021 and 2022)",
        "  type: hr",
        "  number: 12   # H.R. 12 in line 3",
        "bill:",
        "  congress:   # 119 (2025 and 2026) or 118 (2023 and 2024) or 117 (2021 and 2022)",
        "  type: s",
        "  number: 34   # S. 34 in line 3",
    )


@pytest.mark.parametrize(
    ("day", "congress"),
    [
        ("2013-05-01", 113),
        ("2013-01-02", 112),
        ("2013-01-03", 113),
        ("2014-12-31", 113),
        ("2015-01-03", 114),
        ("2026-11-22", 119),
    ],
)
def test_a_congress_begins_on_the_third_of_january_of_an_odd_year(day: str, congress: int) -> None:
    assert congress_of(date.fromisoformat(day)) == congress


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("March 4, 2013", "2013-03-04"), ("Posted: Mar. 4, 2013", "2013-03-04"), ("4 March 2013", "2013-03-04"),
        ("2013-03-04", "2013-03-04"), ("Updated on Monday, March 4th, 2013", "2013-03-04"), ("03/04/2013", "2013-03-04"),
        ("Sept 4, 2013 | News", "2013-09-04"), ("February 30, 2013", None), ("13/13/2013", None), ("Smarch 4, 2013", None),
        ("On March 4, 2013 we met.", None), ("March 4, 1801", None),
    ],
)  # fmt: skip
def test_a_line_that_is_a_date_dates_the_alert(text: str, day: str | None) -> None:
    found = date_of(lines("Headline", text))
    assert (found[0].isoformat() if found else None) == day


def test_the_alerts_own_words_and_its_date_say_which_congress() -> None:
    assert [one.congress for one in congresses(lines("a bill of the 113th Congress", "May 1, 2015"), TODAY)] == [113]
    (dated,) = congresses(lines("A headline", "May 1, 2015"), TODAY)
    assert (dated.congress, dated.why) == (114, "line 2 has the date 2015-05-01")
    assert [one.congress for one in congresses(lines("no date"), TODAY)] == [119, 118, 117]


def test_a_stance_is_proposed_by_the_sentence_about_the_bill() -> None:
    assert stances(lines("Please oppose it.")) == {"con": ("oppose", 1)}
    assert stances(lines("x", "We urge you to cosponsor it, not to reject it.")) == {
        "con": ("reject", 2),
        "pro": ("cosponsor", 2),
    }
    text = "Headline\n\nDear Senator,\n\nI support parks.\n\nVote no on H.R. 12.\n\nSincerely,\n[Your Name]\n"
    (question,) = (question for question in draft(text).questions if question.field == "stance")
    assert question.proposals == ("stance: con   # “Vote no” in line 7",)
    assert not question.required


def test_topics_are_proposed_by_their_words() -> None:
    assert set(KEYWORDS) == set(get_args(Topic))
    found = topics(lines("The hospital lost its nurses.", "Hospitals and patients need medicine; one farm does."))
    assert [topic for topic, _ in found] == ["Health"]
    assert set(found[0][1]) <= {"hospital", "hospitals", "patients", "medicine"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("© 2024 Example Harbor Trust. All rights reserved.", "Example Harbor Trust"),
        ("Copyright (c) 2019-2024 Friends of the Marsh", "Friends of the Marsh"),
        ("Paid for by the Example Committee", "Example Committee"),
        ("As a supporter of Doctors for the Forest, I ask", "Doctors for the Forest"),
        ("I am a member of the Example League", "Example League"),
    ],
)
def test_the_organization_is_proposed_and_never_decided(text: str, name: str) -> None:
    assert [found for found, _, _ in organizations(lines(text))] == [name]
    found = draft(f"Headline\n\nWhy.\n\nDear Senator,\n\n{text}\n")
    assert found.organization is None
    (question,) = (question for question in found.questions if question.field == "organization")
    assert question.required
    assert question.proposals[0].startswith(f'organization: "{name}"   # from line 7')


BOTH: Final = {"your_representative", "your_senators"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("• Your Representative", {"your_representative"}),
        ("- Your U.S. House Representative", {"your_representative"}),
        ("Your Congressman", {"your_representative"}),
        ("U.S. House of Representatives", {"your_representative"}),
        ("Your Two U.S. Senators", {"your_senators"}),
        ("U.S. Senate", {"your_senators"}),
        ("Your Senators and Representative", BOTH),
        ("Recipients: Senators, Representatives", BOTH),
        ("Your Members of Congress", BOTH),
        ("This message will be sent to: Congress", BOTH),
        ("☐ Your Senators & your Representative", BOTH),
        ("Our senators asked for this.", set()),
        ("Your state representative", set()),
    ],
)
def test_members_of_congress_are_recipients(text: str, names: set[str]) -> None:
    assert set(read_targets(lines(text)).names) == names


OTHERS: Final = (
    "Governor Alex Example", "Mayor Sam Placeholder", "Your State Senator", "Your State's Legislators",
    "President of the United States", "Sen. Alex Example",
)  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
@pytest.mark.parametrize("list_of", ["Recipients\n{}", "• {}", "Targets: {}", "Your message will be sent to:\n- {}"])
def test_others_are_asked_about_with_a_list_as_the_proposal(text: str, list_of: str) -> None:
    found = draft(f"Headline\n\nWhy it matters.\n\n{list_of.format(text)}\n\nSubject: x\n\nDear Sir,\n\nWords.\n")
    assert found.targets == ()
    (question,) = (question for question in found.questions if question.field == "targets")
    assert question.required
    assert text in question.text
    assert question.proposals[0].startswith(f"- list:{slug_of(text)}   # and below lists: ")


@pytest.mark.parametrize(
    ("texts", "required"),
    [
        (("First Name*", "* Email", "ZIP Code *", "Phone"), ("first_name", "email", "address.zip")),
        (("First Name (required)", "Last Name"), ("first_name",)),
        (("Required fields: First Name, Last Name and E-mail",), ("first_name", "last_name", "email")),
        (("Name* Email* ZIP*",), ("first_name", "last_name", "email", "address.zip")),
        (("*Required fields", "Street Address*", "City, State, ZIP"), ("address.line1",)),
        (("Your Message*", "Title*"), ("prefix", "message")),
        (("First Name", "Email"), ()),
        (("Required reading for all of us*", "An address is required.", "Apartment*"), ()),
    ],
)
def test_only_marked_labels_are_required(texts: tuple[str, ...], required: tuple[str, ...]) -> None:
    assert read_form(lines(*texts)).required == required


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Keep the Night Trains!", "keep-night-trains"),
        ("Don\u2019t close Zoë\u2019s café", "dont-close-zoes-cafe"),
        ("The a of", "the-a-of"),
        ("Спасите лес", None),
        ("x" * 200, "x" * 20),
    ],
)  # fmt: skip
def test_a_slug_is_made_of_the_headlines_words(headline: str, slug: str | None) -> None:
    assert slug_of(headline) == slug
