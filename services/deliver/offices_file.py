"""The file of offices (``POSTBAG_OFFICES``) as pydantic models: what an operator may write, and how a slip is told.

Reading is strict, because a slip would be found out by an office: an unknown field, a key that stands twice, a channel or a
time zone that does not exist is refused at start, with the file, the entry, the field and what to write instead. Nothing
is looked up here; ``services.deliver.offices`` answers from it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from time import time
from typing import Annotated, Any, Final, Literal, get_args

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from services.deliver.windows import Window, opens, window
from services.pipeline.errors import SettingsRefused

ChannelName = Literal["outbox", "webhook", "smtp", "print", "cwc-house", "cwc-senate"]
CHANNELS: Final[tuple[str, ...]] = get_args(ChannelName)


def _window(text: object) -> object:
    if not isinstance(text, str):
        raise ValueError("write each window as text in quotes")  # noqa: TRY004 - pydantic reports ValueErrors
    return window(text)


def _open_sometime(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    opens(windows, time())
    return windows


def _address(text: str) -> str:
    braces = set(re.findall(r"\{[^}]*\}?|\}", text)) - {"{office}"}
    if braces:
        raise ValueError(f"only {{office}} can stand in braces, not {', '.join(sorted(braces))}")
    return text


Rate = Annotated[float, Field(gt=0, le=10_000)]
Windows = Annotated[
    tuple[Annotated[Window, BeforeValidator(_window)], ...], Field(max_length=50), AfterValidator(_open_sometime)
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Paced(_Strict):
    """How fast: what is left out is taken from the next wider place (hop, office, channel, built-in)."""

    rate: Rate | None = None
    burst: Annotated[float, Field(ge=1, le=100_000)] | None = None
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    warm_up_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None


class HopEntry(Paced):
    """One channel of an office's route; its pace holds for this channel only."""

    channel: ChannelName
    to: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_address)] | None = None


def _hop(entry: object) -> object:
    return {"channel": entry} if isinstance(entry, str) else entry


class OfficeEntry(Paced):
    """The offices whose id matches ``match``, and how they want their letters."""

    match: Annotated[str, Field(min_length=1, max_length=200)]
    channels: Annotated[tuple[Annotated[HopEntry, BeforeValidator(_hop)], ...], Field(max_length=10)] = ()
    quiet: Windows = ()
    maintenance: Windows = ()

    @model_validator(mode="after")
    def _sound(self) -> OfficeEntry:
        _open_sometime(self.quiet + self.maintenance)
        names = [hop.channel for hop in self.channels]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"channels: {twice[0]} stands there twice; name each channel once")
        return self


class ChannelEntry(_Strict):
    """A channel as a whole, over all offices and workers; ``each`` is the pace of an office that has none of its own."""

    rate: Rate | None = None
    burst: Annotated[float, Field(ge=1, le=100_000)] | None = None
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    quiet: Windows = ()
    maintenance: Windows = ()
    each: Paced = Paced()

    @model_validator(mode="after")
    def _sound(self) -> ChannelEntry:
        _open_sometime(self.quiet + self.maintenance)
        return self


class OfficesFile(_Strict):
    """The whole file."""

    channels: dict[ChannelName, ChannelEntry] = {}
    offices: Annotated[tuple[OfficeEntry, ...], Field(max_length=5000)] = ()

    @model_validator(mode="after")
    def _sound(self) -> OfficesFile:
        for entry in self.offices:
            for name, channel in self.channels.items():
                try:
                    _open_sometime(entry.quiet + entry.maintenance + channel.quiet + channel.maintenance)
                except ValueError as error:
                    raise ValueError(f"offices ({entry.match}) by {name}: together, {error}") from None
        return self


def read_offices(path: Path) -> OfficesFile:
    """The file at ``path``. Raises ``SettingsRefused``, naming file, entry, field and remedy."""
    try:
        content = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise SettingsRefused(f"{path}: {error.strerror}. POSTBAG_OFFICES names a file that can be read") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path}: it is no YAML: {' '.join(str(error).split())}") from None
    try:
        return OfficesFile.model_validate({} if content is None else content)
    except ValidationError as error:
        faults = "; ".join(_told(fault["loc"], fault["type"], fault["msg"], content) for fault in error.errors()[:10])
        raise SettingsRefused(f"{path}: {faults}. docs/offices.md has every field") from None


def _told(where: tuple[int | str, ...], kind: str, message: str, content: Any) -> str:
    """A fault, with its entry named as the operator knows it."""
    place: list[str] = []
    at = content
    for step in where:
        try:
            at = at[step]
        except (LookupError, TypeError):
            at = None
        if isinstance(step, int):
            name = at.get("match") or at.get("channel") if isinstance(at, dict) else at
            place.append(f"entry {step + 1}" + (f" ({name})" if isinstance(name, str) else ""))
        else:
            place.append(step)
    if kind == "extra_forbidden":
        message = "there is no such field, remove it or correct its name"
    return f"{', '.join(place) or 'the file'}: {message.removeprefix('Value error, ')}"


class _Loader(yaml.SafeLoader):
    """YAML in which a key stands once: PyYAML would let the last one win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known: set[Any] = set()
        for key, _ in node.value:
            if key.value in known:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            known.add(key.value if isinstance(key.value, str) else id(key))
        return super().construct_mapping(node, deep)
