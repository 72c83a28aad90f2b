"""Fields of an alert's letter: each way to write one, what it becomes, and that all other text prints as it was typed."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.render.importing.draft import Line
from services.render.importing.merge_fields import MEANINGS, SYNTAXES, UNAVAILABLE
from services.render.importing.templating import Converted, convert
from services.render.letters import NAMES

VALUES: Final = {name: f"<{name}>" for name in NAMES}
ENVIRONMENT: Final = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
)


def converted(text: str, *, greeting: bool = False) -> Converted:
    lines = tuple(Line(number, line) for number, line in enumerate(text.split("\n"), 1))
    return convert(lines, "letter", greeting=greeting)


def printed(text: str) -> str:
    return ENVIRONMENT.from_string(converted(text).text).render(VALUES)


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("[Your Name]", "{{ your_name }}"),
        ("[your name here]", "{{ your_name }}"),
        ("[Insert Your Full Name]", "{{ your_name }}"),
        ("[First Name]", "{{ first_name }}"),
        ("[FIRSTNAME]", "{{ first_name }}"),
        ("[firstname,fallback=Friend]", "{{ first_name }}"),
        ("[City]", "{{ city }}"),
        ("[City/Town]", "{{ city }}"),
        ("[Your City, State]", "{{ city }}, {{ state }}"),
        ("[Congressional District]", "{{ district }}"),
        ("[Share your story here]", "{{ message }}"),
        ("[Organization Name]", "{{ organization }}"),
        ("[Decision\nMaker]", "{{ decision_maker }}"),
        ("[Senator/Representative]", "{{ decision_maker }}"),
        ("[Your Legislator's Name]", "{{ decision_maker }}"),
        ("[Rep. Last Name]", "{{ decision_maker }}"),
        ("[[S1:first_name]]", "{{ first_name }}"),
        ("[[S1:first_name:Friend]]", "{{ first_name }}"),
        ("[[S1:home_stateprov]]", "{{ state }}"),
        ("[[First_Name]]", "{{ first_name }}"),
        ("{{FirstName}}", "{{ first_name }}"),
        ('{{ first_name | default: "Friend" }}', "{{ first_name }}"),
        ('{{ user.first_name|default:"" }}', "{{ first_name }}"),
        ("{{ FirstOrInformalName }}", "{{ first_name }}"),
        ("{{ supporter.last_name }}", "{{ last_name }}"),
        ("{{ recipient.title }}", "{{ decision_maker }}"),
        ("{{recipient.state}}", "{{ state }}"),
        ("%%first_name%%", "{{ first_name }}"),
        ("*|FNAME|*", "{{ first_name }}"),
        ("{user_data~First Name}", "{{ first_name }}"),
        ("{user_data~Last Name~Friend}", "{{ last_name }}"),
        ("{contact_data~salutation}", "{{ decision_maker }}"),
        ("<<Last Name>>", "{{ last_name }}"),
        ("«City»", "{{ city }}"),
        ("{first_name}", "{{ first_name }}"),
        ("<Your Name>", "{{ your_name }}"),
        ("(your name)", "{{ your_name }}"),
        ("(Your name will be inserted here)", "{{ your_name }}"),
    ],
)  # fmt: skip
def test_a_known_field_becomes_postbags_name(written: str, becomes: str) -> None:
    made = converted(f"I am {written}, you know.")
    assert made.text == f"I am {becomes}, you know."
    assert made.questions == []
    assert [text for _, text in made.fields] == [becomes]


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("[ZIP Code]", "address beside the text"),
        ("[Street Address]", "address beside the text"),
        ("[City, State ZIP]", "{{ city }}, {{ state }}"),
        ("[Email Address]", "how to reach the person"),
        ("[Phone]", "how to reach the person"),
        ("[Date]", "dated by themselves"),
        ("[Title]", "begins with it"),
        ("[Pharmacy Name]", "Write one of the names"),
        ("[your state representative's name]", "Write one of the names"),
        ("[_______]", "gap"),
        ("________", "gap"),
        ("[[S80:custom]]", "Write one of the names"),
        ("[[?xx::x[[S1:first_name]]x::Friend::[[S1:first_name]]]]", "condition"),
        ("{{ donation_amount }}", "Write one of the names"),
        ("%%account%%", "Write one of the names"),
        ("*|LIST:NAME|*", "Write one of the names"),
        ("{user_data~Shoe Size}", "Write one of the names"),
        ("<<AccountNumber>>", "Write one of the names"),
    ],
)
def test_an_unknown_field_is_asked_about_and_cannot_be_sent(written: str, advice: str) -> None:
    made = converted(f"One line.\nI am {written}, you know.")
    (question,) = made.questions
    assert (question.required, question.line, question.field) == (True, 2, "letter")
    assert written in question.text
    assert advice in question.text
    assert written not in made.text
    with pytest.raises(TemplateSyntaxError) as refused:
        ENVIRONMENT.from_string(made.text)
    assert refused.value.lineno == 2


def test_a_field_that_stands_there_often_is_asked_about_once() -> None:
    made = converted("[price] and [price]\n[price]\n" + " ".join(f"[unknown {n}]" for n in range(200)))
    assert [question.line for question in made.questions[:2]] == [1, 3]
    assert len(made.questions) == 51
    assert "There are more such fields" in made.questions[-1].text
    assert made.text.count("{{ ? ") == 203


@pytest.mark.parametrize(
    "text",
    [
        'It is [sic] so [1], and [t]he bill […] says "[n]o" [emphasis added].',
        "a [link](https://example.org) and wall[s]",
        "{{7*7}} {{ ''.__class__ }} {{ config.items() }} {% for x in y %} {# no #} {%- raw -%}",
        "{ {{ {{{ {% {# {", "}} %} #} }", "${7*7} #{x} %s %n {0.__class__}", "{", "a {\nb", "{{", "{%",
        "«quoted» <b> x < y (your honour) (see your notes) {sic} f(x) = {x | x > 0}",
        "100 % of 50% and %d", "write to <alex@example.org>", "a_b __init__", "# x\n## y", "It\u2019s “so” \u2013 yes",
    ],
)  # fmt: skip
def test_what_is_no_field_prints_as_it_was_typed(text: str) -> None:
    made = converted(text)
    assert printed(text) == text
    assert made.fields == []
    assert not any(question.required for question in made.questions)


def test_a_condition_that_is_kept_as_text_is_pointed_out() -> None:
    (question,) = converted("Hello\n{% if recipient.party %}").questions
    assert (question.line, question.required) == (2, False)
    assert "{% if recipient.party %}" in question.text


@given(st.text(alphabet=st.sampled_from("{}%#-+ ab'\"\\\n|7*()$"), max_size=60))
def test_braces_in_any_order_print_as_they_were_typed(text: str) -> None:
    made = converted(text)
    if made.fields or any("{{ ?" in question.text for question in made.questions):
        return
    assert printed(text).rstrip("\n") == text.rstrip("\n")


@given(st.text(alphabet=st.sampled_from("{%#}"), max_size=6), st.text(alphabet=st.sampled_from("{%#}"), max_size=6))
def test_braces_around_a_field_do_not_touch_it(before: str, after: str) -> None:
    assert printed(f"{before}[City]{after}") == f"{before}<city>{after}"


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("Dear [Title] [First Name] [Last Name],", "Dear {{ decision_maker }},"),
        ("Dear Senator [Last Name],", "Dear {{ decision_maker }},"),
        ("Dear Rep. {{LastName}}:", "Dear {{ decision_maker }}:"),
        ("Dear [Name],", "Dear {{ decision_maker }},"),
        ("Dear Senator ______,", "Dear {{ decision_maker }},"),
        ("To the Honorable [Representative Name],", "To {{ decision_maker }},"),
        ("Dear Senator Example,", "Dear Senator Example,"),
        ("Dear [Senator] and staff,", "Dear {{ decision_maker }} and staff,"),
    ],
)
def test_in_a_greeting_a_bare_name_is_the_recipients(written: str, becomes: str) -> None:
    assert converted(written, greeting=True).text == becomes


def test_every_name_in_the_tables_is_one_that_templates_know() -> None:
    for text in {*MEANINGS.values(), "{{ decision_maker }}"}:
        assert "<" in ENVIRONMENT.from_string(text).render(VALUES)
    assert not MEANINGS.keys() & UNAVAILABLE.keys()
    assert all(syntax.used_by for syntax in SYNTAXES)
