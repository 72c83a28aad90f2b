"""A campaign's templates: what they can do, what they are refused, and what a person's words can never do in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.parts import MAX_BODY_CHARACTERS
from services.render.templates import LetterTemplate, TemplateFault, compile_campaign
from tests.unit import made
from tests.unit.render_bench import context, texts

CONTEXT = context(made.submission(message="My canary died."), "HNY13")


def template(letter: str, subject: str = "A subject") -> LetterTemplate:
    return compile_campaign(made.campaign("open", letter=letter, subject=subject))


def body(letter: str, **changes: str) -> str:
    return texts(template(letter), {**CONTEXT, **changes})[1]


HOSTILE = (
    "{{ 7*7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{{ ''.__class__ }}",
    "{# gone #}",
    "{{ your_name }}",
    "{% raw %}",
    "{% include '/etc/passwd' %}",
    "{0.__class__} %s %(city)s",
    "\\x41 \\n",
    "<b>&amp;</b>",
    "${message} #{message}",
)


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_a_person_typed_arrives_as_typed(typed: str) -> None:
    person = made.constituent(first_name=typed, last_name=typed, city=typed)
    values = context(made.submission(person, message=typed), "HNY13")
    letter = "[{{ first_name }}][{{ last_name }}][{{ city }}][{{ message }}]"
    subject, text = texts(template(letter, "Of {{ your_name }}"), values)
    assert text == f"[{typed}]" * 4
    assert subject == f"Of {typed} {typed}"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_arrives_as_typed(typed: str) -> None:
    assert body("[{{ message }}]", message=typed) == f"[{typed}]"


@pytest.mark.parametrize(
    "letter",
    [
        "{{ ''.__class__ }}",
        "{{ city['__class__'] }}",
        "{{ city.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(city) }}",
        "{{ city.format.__globals__ }}",
        "{{ [].append(city) }}",
        "{% for number in range(3) %}{{ number }}{% endfor %}",
        "{% for number in range(10 ** 9) %}{% endfor %}",
        "{{ lipsum() }}",
        "{{ cycler('a') }}",
        "{{ namespace() }}",
        "{{ nobody }}",
        "{{ nobody or city }}",
        "Dear {{ decision_maker.surname }},",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}{{ os }}",
        "{% extends 'base' %}",
        "{{ 1 / 0 }}",
        "{{ city | round }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
    ],
)
@pytest.mark.parametrize("place", ["letter", "subject"])
def test_a_template_that_reaches_further_is_refused_by_its_campaign_s_name(letter: str, place: str) -> None:
    compiled = template(**{"letter": "A letter.", "subject": "A subject", place: letter})
    with pytest.raises(TemplateFault, match=r"^open: \w+ while rendering$") as fault:
        texts(compiled, CONTEXT)
    assert made.CANARY not in str(fault.value).lower()
    assert fault.value.__suppress_context__, "the cause may hold what a person typed"


@pytest.mark.parametrize(
    ("letter", "fault"),
    [
        ("Dear {{ decision_maker },", "open: letter, line 1: unexpected '}'"),
        ("Dear you,\n\n{% if message %}\n{{ message }}\n", "open: letter, line 4: Unexpected end of template"),
        ("Dear you,\n{% fro x in y %}", "open: letter, line 2: Encountered unknown tag 'fro'"),
        ("One\nTwo\nThree {{ city|shout }}", "open: letter, line 3: No filter named 'shout'"),
        ("One\n{{ city|attr('__class__') }}", "open: letter, line 2: No filter named 'attr'"),
        ("{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}", "open: letter: nested too deep"),
        ("{% for x in city %}" * 25 + "{% endfor %}" * 25, "open: letter: nested too deep"),
    ],
)
def test_a_template_that_does_not_compile_is_refused_with_its_line(letter: str, fault: str) -> None:
    with pytest.raises(TemplateFault) as refused:
        template(letter)
    assert str(refused.value).startswith(fault)
    with pytest.raises(TemplateFault, match=r"open: subject"):
        template("A letter.", subject="Dear {{ decision_maker }")


def test_a_letter_may_be_as_long_as_the_schema_takes_and_no_longer() -> None:
    letter = "{{ message }}{{ message }}" + "x" * (MAX_BODY_CHARACTERS - 20_000)
    assert len(body(letter, message="m" * 10_000)) == MAX_BODY_CHARACTERS
    with pytest.raises(TemplateFault, match=r"^open: the letter came out empty or over 25000 characters$"):
        body(letter + "x", message="m" * 10_000)


@pytest.mark.parametrize("letter", ["{{ message }}", "  \n{% if message %}{{ message }}{% endif %}\n", "{# later #}"])
def test_an_empty_letter_or_subject_is_refused(letter: str) -> None:
    with pytest.raises(TemplateFault, match="empty"):
        body(letter, message="")
    with pytest.raises(TemplateFault, match="empty"):
        texts(template("A letter.", subject=letter), {**CONTEXT, "message": " "})


def test_a_subject_is_one_line_whatever_goes_into_it() -> None:
    compiled = template("A letter.", subject="  To {{ decision_maker }}:\n {{ message }} ")
    subject, _ = texts(compiled, {**CONTEXT, "message": "one\n\ntwo\tthree"})
    assert subject == "To Representative: one two three"
    assert texts(template("A letter.", subject="A  plain\tsubject "), CONTEXT)[0] == "A plain subject"


def test_a_block_on_lines_of_its_own_leaves_no_line_behind() -> None:
    letter = "One.\n  {% if message %}\n\n{{ message }}\n  {% endif %}\n\nTwo.\n"
    assert body(letter, message="Mine.") == "One.\n\nMine.\n\nTwo."
    assert body(letter, message="") == "One.\n\nTwo."


def test_text_is_not_escaped_since_a_letter_is_no_html() -> None:
    assert body("{{ message }}", message="\"a\" & 'b' <c>") == "\"a\" & 'b' <c>"
