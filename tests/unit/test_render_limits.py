"""What a silly or a hostile template may cost: a fault of its own campaign, and little time and memory of the worker."""

from __future__ import annotations

import tracemalloc

import pytest

from services.render.compiling import _plain, compiled
from services.render.templates import TemplateFault, compile_campaign
from tests.unit import made
from tests.unit.render_bench import context, texts

VALUES = context(made.submission(message="word " * 1999), "HNY13")

HUGE = (
    "{{ 'x' * 10 ** 9 }}",
    "{{ 'x' * 1000000000 }}",
    "{{ 1000000000 * message }}",
    "{{ message * 1000 }}",
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{{ 2 ** 1000000000 }}",
    "{{ (10 ** 70) * (10 ** 70) }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (999999999, 1) }}",
    "{{ '%s%s' % (message, message) }}",
    "{{ '{:>999999999}'.format('x') }}",
    "{{ city.ljust(999999999) }}",
    "{{ city.center(999999999) }}",
    "{{ '1'.zfill(999999999) }}",
    "{{ '\t'.expandtabs(999999999) }}",
    "{{ message.replace('', message) }}",
    "{{ message|replace('', message) }}",
    "{{ message.join(message) }}",
    "{{ message|join(message) }}",
    "{{ ([message] * 10000)|join }}",
    "{{ message.translate({119: message}) }}",
    "{% for a in message %}{% for b in message %}{% endfor %}{% endfor %}",
    "{% for a in message %}{% for b in message if b == 'q' %}{% endfor %}{% endfor %}",
    "{% for a in message %}{% for b in message|select('equalto', 'q') %}{% endfor %}{% endfor %}",
    "{% for a in message %}{{ message }}{% endfor %}",
    "{% for a in message %}{% set b = message.upper() %}{% endfor %}",
    "{% for a in message %}{% set b = message|lower %}{% endfor %}",
    "{% for a in message %}{% if 'q' in message|title %}{% endif %}{% endfor %}",
    "{% set x = message %}" + "{% set x = x ~ x %}" * 40 + "{{ x|length }}",
    "{% set x = message %}" + "{% set x = x + x %}" * 40 + "{{ x|length }}",
    "{% set x = [message] %}" + "{% set x = x + x %}" * 40 + "{{ x|length }}",
    "{% set x = message %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40 + "{{ x|length }}",
    "{% set x = [message] %}" + "{% set x = [x, x] %}" * 40 + "{{ x }}",
    "{% set x = {'a': message} %}" + "{% set x = {'a': x, 'b': x} %}" * 40 + "{{ x }}",
    "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% macro m(n) %}{% set q = n and m(n - 1) ~ m(n - 1) %}{% endmacro %}{{ m(60) }}",
    "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{% set x = message %}" + "{% set x = m(x) %}" * 40,
    "{% block a %}{{ self.a() }}{{ self.a() }}{% endblock %}",
    "{{ message }}" * 300,
    "{{ [[1, 2], [3]] }}",
    "{{ city.upper }}",
)
"""Each would take more than a worker has, of memory or of time, or is no text."""


@pytest.mark.parametrize("letter", HUGE)
def test_a_template_that_would_cost_too_much_is_refused(letter: str) -> None:
    tracemalloc.start()
    try:
        template = compile_campaign(made.campaign("open", letter=letter))
        with pytest.raises(TemplateFault, match=r"^open: (\w+ while rendering|the letter came out empty or over)"):
            texts(template, VALUES)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32_000_000


@pytest.mark.parametrize(
    ("letter", "fault"),
    [
        ("One\n{% for a in message recursive %}{{ loop(a) }}{% endfor %}", "line 2: loops cannot be recursive"),
        ("{% macro m() %}\n{{ varargs }}{% endmacro %}", "line 2: varargs cannot be used"),
        ("{{ message|center(10 ** 9) }}", "line 1: No filter named 'center'"),
        ("\n{{ message|random }}", "line 2: No filter named 'random'"),
        ("{{ message|wordwrap(1, wrapstring=message) }}", "No filter named 'wordwrap'"),
        ("{{ '%99999999d'|format(1) }}", "No filter named 'format'"),
    ],
)
def test_what_cannot_be_bounded_is_refused_when_it_is_compiled_with_its_line(letter: str, fault: str) -> None:
    with pytest.raises(TemplateFault, match=fault):
        compile_campaign(made.campaign("open", letter=letter))


@pytest.mark.parametrize(
    ("letter", "text"),
    [
        (
            "{% for word in ['air', 'water'] %}{{ loop.index }} {{ word }}{{ ', ' if not loop.last }}{% endfor %}",
            "1 air, 2 water",
        ),
        ("{% for a, b in [('x', 1), ('y', 2)] %}{{ a }}{{ b + 1 }}{% endfor %}", "x2y3"),
        ("{% macro shout(text) %}{{ text|upper }}!{% endmacro %}{{ shout(city) }}", "CANARYVILLE!"),
        ("{% set where = city ~ ', ' ~ state %}{{ where }}", "Canaryville, NY"),
        ("{{ {'NY': 'the Empire State'}.get(state, state) }}", "the Empire State"),
        ("{{ ['a', 'b']|join(' and ') }}", "a and b"),
        ("{{ city.replace('ville', 'town') }} {{ city|replace('C', 'K') }}", "Canarytown Kanaryville"),
        ("{{ '-' * 3 }} {{ 2 * 3 }} {{ 2 ** 10 }} {{ 7 % 4 }}", "--- 6 1024 3"),
        ("{{ message.split()|length }} {{ message|wordcount }}", "1999 1999"),
        ("{{ message|truncate(14) }}", "word word..."),
        ("{% filter upper %}{{ city }}{% endfilter %}", "CANARYVILLE"),
        ("{% with town = city %}{{ town|first }}{% endwith %}", "C"),
        ("{% if district|int > 9 and state in ['NY', 'CA'] %}yes{% endif %}", "yes"),
        ("{{ message.splitlines()|map('upper')|list|length }}", "1"),
        ("{{ nobody|default('somebody') }}", "somebody"),
        ("{% if nobody is defined %}x{% else %}y{% endif %}", "y"),
    ],
)
def test_what_a_letter_may_well_need_works_on_the_meter_too(letter: str, text: str) -> None:
    assert texts(compile_campaign(made.campaign("open", letter=letter)), VALUES)[1] == text


def test_templates_that_only_put_values_in_run_without_a_meter() -> None:
    for plain in (
        "Dear {{ city|title }},",
        "{% if message and not state == 'NY' %}{{ message }}{% else %}x{% endif %}",
    ):
        assert compiled(plain).environment is _plain
    for other in (
        "{% set x = city %}",
        "{{ city ~ state }}",
        "{{ city.upper() }}",
        "{{ city }}" * 201,
        "{{ city * 2 }}",
    ):
        assert compiled(other).environment is not _plain


def test_one_letter_s_cost_is_no_other_s() -> None:
    template = compile_campaign(made.campaign("open", letter="{% for a in message[:9000] %}{% endfor %}Done."))
    for _ in range(10):
        assert texts(template, VALUES)[1] == "Done."
