"""The sandboxes that a campaign's templates run in: what a template may use, and what it may cost.

On the meter each turn of a loop, each call, filter and operator spends from a budget, by the size of what it makes, and what
could make much out of little at one stroke (``'x' * 10**9``, ``'%999999999d'``) is refused before it is tried. So a silly or
hostile template costs a moment and its own letters, never a worker. One letter at a time: the meter is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from functools import wraps
from typing import Any, Final

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

BUDGET: Final = 400_000
"""What rendering one template once may spend; a step costs ``_STEP``, eight characters one. Spent in under half a second."""

_STEP: Final = 20
MOST_TEXT: Final = 50_000
"""Characters of any text on the way: twice the longest letter."""
_MOST_BITS: Final = 256
LETTERING: Final = frozenset({"capitalize", "lower", "title", "trim", "upper"})
"""Filters that change how a text is written and hardly its length."""
_TEXT_FILTERS: Final = LETTERING | frozenset(
    {
        "e",
        "escape",
        "float",
        "forceescape",
        "int",
        "replace",
        "string",
        "striptags",
        "truncate",
        "urlencode",
        "wordcount",
    }
)
_OTHER_FILTERS: Final = frozenset(
    {
        "abs",
        "count",
        "d",
        "default",
        "dictsort",
        "first",
        "items",
        "join",
        "last",
        "length",
        "list",
        "map",
        "max",
        "min",
    }
    | {"reject", "reverse", "round", "select", "sort", "unique"}
)
_ITEM_FILTERS: Final = _OTHER_FILTERS - {"abs", "count", "d", "default", "first", "last", "length", "round"}
_METHODS: Final[Mapping[type, frozenset[str]]] = {
    str: frozenset(
        {"capitalize", "casefold", "count", "endswith", "find", "index", "isalpha", "isdigit", "islower", "isspace"}
        | {
            "istitle",
            "isupper",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "replace",
            "rpartition",
        }
        | {"rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper"}
    ),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
    dict: frozenset({"get", "items", "keys", "values"}),
}
_SCALARS: Final = (str, int, float, bool, type(None), Undefined)  # what is undefined says so itself when it is used


class OverLimit(Exception):
    """A template costs more than a letter may. Says nothing of its values."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Strict, without global names, and with those filters only that make a letter's text out of text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False, **options)
        # A letter needs neither range nor lipsum; and no globals saves the merging of two mappings for every letter.
        self.globals.clear()
        self.filters = {name: FILTERS[name] for name in sorted(_TEXT_FILTERS | _OTHER_FILTERS)}


class MeteredSandbox(Sandbox):
    """Counts what is done. Constants are not worked out beforehand, where nothing would count."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(optimized=False, finalize=self.shown)
        self.left = BUDGET
        self.filters = {name: self._metered(name, function) for name, function in self.filters.items()}

    def spend(self, amount: int = _STEP) -> str:
        """Take from the budget. Raises ``OverLimit``."""
        self.left -= amount
        if self.left < 0:
            raise OverLimit
        return ""

    def weigh(self, value: Any) -> Any:
        """``value``, paid for by its size."""
        if isinstance(value, str | list | tuple | dict):
            if len(value) > MOST_TEXT:
                raise OverLimit
            self.spend(_STEP + len(value) // (8 if isinstance(value, str) else 1))
        elif isinstance(value, int):
            _check_bits(value.bit_length())
            self.spend()
        elif isinstance(value, Iterator):
            return self.each(value)
        return value

    def each(self, items: Iterable[Any]) -> Iterator[Any]:
        """``items``, each of them paid for."""
        for item in items:
            self.spend()
            yield item

    def scalar(self, value: Any) -> Any:
        """``value``, which must be no list: lists of lists can be far longer than the text that makes them."""
        if not isinstance(value, _SCALARS):
            raise SecurityError("a list where text belongs")
        return value

    def shown(self, value: Any) -> Any:
        """A value on its way into the letter."""
        return self.weigh(self.scalar(value))

    def joined(self, *values: Any) -> str:
        """The texts of ``values`` in a row."""
        return "".join(str(self.shown(value)) for value in values)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuses what would be too much before it is made."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("formats are not for letters")
        if not isinstance(left, str | int | float) or not isinstance(right, str | int | float):
            raise SecurityError("only texts and numbers can be added or multiplied")
        if operator == "*":
            _check_product(left, right)
        if operator == "**" and isinstance(left, int) and isinstance(right, int):
            _check_bits(left.bit_length() * right)
        return self.weigh(super().call_binop(context, operator, left, right))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805, PYI063 - as in Jinja2
        """Any call of a template."""
        if getattr(__obj, "__name__", "") == "replace":
            _check_replace(__obj.__self__, *args)
        return __self.weigh(super().call(__context, __obj, *args, **kwargs))

    def wrap_str_format(self, _value: Any) -> None:
        """Formats are refused as all methods are that ``_METHODS`` does not name: see ``is_safe_attribute``."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only methods whose result is no longer than what goes in."""
        allowed = next((names for kind, names in _METHODS.items() if isinstance(obj, kind)), None)
        return super().is_safe_attribute(obj, attr, value) and (allowed is None or attr in allowed)

    def _check_join(self, items: Any, between: Any = "", *_: Any) -> list[Any]:
        found = [self.shown(item) for item in items]
        if len(found) * len(str(self.scalar(between))) > MOST_TEXT:
            raise OverLimit
        return found

    def _metered(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        at = 1 if hasattr(function, "jinja_pass_arg") else 0

        @wraps(function)
        def filtered(*args: Any, **kwargs: Any) -> Any:
            before, value, rest = args[:at], args[at], args[at + 1 :]
            for one in (*rest, *kwargs.values()):
                self.scalar(one)
            if name in _TEXT_FILTERS:
                self.scalar(value)
            elif name in _ITEM_FILTERS and isinstance(value, Sized):
                self.spend(len(value) * _STEP // 2)  # they may look at each item and give none
            if name == "replace":
                _check_replace(value, *rest, *kwargs.values())
            if name == "join":
                value = self._check_join(value, *rest, *kwargs.values())
            return self.weigh(function(*before, self.weigh(value), *rest, **kwargs))

        return filtered


def _check_bits(bits: int) -> None:
    if bits > _MOST_BITS:
        raise OverLimit


def _check_product(left: Any, right: Any) -> None:
    for text, times in ((left, right), (right, left)):
        if isinstance(text, str) and isinstance(times, int) and len(text) * times > MOST_TEXT:
            raise OverLimit


def _check_replace(text: Any, old: Any = "", new: Any = "", *_: Any) -> None:
    if (str(text).count(str(old)) + 1) * len(str(new)) > MOST_TEXT:
        raise OverLimit
