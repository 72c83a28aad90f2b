"""Reads a campaign's file and its lists, as campaigners write them, into the campaign that workers read.

A slip must not become a letter, so the file is read strictly: what nobody reads is refused, and so is a key that stands
twice. Every fault is told at once, with its field. Nothing here says whether the letters are good: that is the check's.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import yaml
from pydantic import ConfigDict, ValidationError

from schemas.campaign import Bill, Campaign, CampaignFile
from schemas.recipient import Recipient
from schemas.wire import MAX_EVENT_BYTES, Unreadable, read
from services.cli.recipients import ListFaults, read_list, seats
from services.render.templates import TemplateFault, compile_campaign


class _Loader(yaml.SafeLoader):
    """YAML in which a key stands once: PyYAML would let the last one win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known: list[Any] = []
        for key, _ in node.value:
            if key.value in known:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            known.append(key.value)
        return super().construct_mapping(node, deep)


class _BillAsWritten(Bill):
    model_config = ConfigDict(extra="forbid")


class _CampaignAsWritten(CampaignFile):
    """A campaign's file: unlike in an event, a field that nobody reads is refused, since it is likely a slip."""

    model_config = ConfigDict(extra="forbid")

    bill: _BillAsWritten | None = None


def load_campaign(file: Path, *, compiles: bool = True) -> Campaign:
    """The campaign in a YAML file, with the recipients of its lists. Ends the command with every fault and its place.

    Without ``compiles`` nobody has looked at its templates yet: for who looks closer.
    """
    try:
        content = json.dumps(yaml.load(file.read_text(encoding="utf-8"), _Loader), default=_plain)  # noqa: S506 - it is a safe one
        written = _CampaignAsWritten.model_validate_json(content)
        found = _published(content, _recipients(written, file.parent))
        if compiles:
            compile_campaign(found)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} is not YAML in UTF-8: {error}") from None
    except ValidationError as error:
        faults = "\n".join(
            dict.fromkeys(f"  {_place(e['loc'])}: {_message(e['loc'], e['msg'])}" for e in error.errors())
        )
        raise click.ClickException(
            f"{file} is not a campaign:\n{faults}\nThe fields are explained in docs/campaigns.md."
        ) from None
    except ListFaults as error:
        raise click.ClickException(str(error)) from None
    except (TemplateFault, Unreadable) as error:
        raise click.ClickException(f"{file}: {error}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise click.ClickException(f"{file} holds what has no place in a campaign's file: {error}") from None
    return found


def _recipients(written: CampaignFile, folder: Path) -> list[Recipient]:
    """The recipients of all lists. Raises ``ListFaults`` for what is wrong with them, or with who is a target."""
    listed = [target.removeprefix("list:") for target in written.targets if target.startswith("list:")]
    faults = [
        f"lists.{name}: no target says list:{name}. Add it to targets." for name in written.lists if name not in listed
    ]
    faults += [
        f"targets: list:{name} has no file. Name one under lists." for name in listed if name not in written.lists
    ]
    named = [target for target in written.targets if target[:1] in "HS"]
    faults += [
        f"targets: {seat} is no seat that there is. docs/campaigns.md explains."
        for seat in named
        if seat not in seats()
    ]
    faults += [f"targets: {target} stands there twice. Leave one." for target in _twice(written.targets)]
    found: list[Recipient] = []
    taken: dict[str, str] = {}
    for name, path in written.lists.items():
        try:
            own = read_list(name, folder / path, taken)
        except ListFaults as error:
            faults.append(str(error))
        else:
            found += own
            taken |= {recipient.id: f"list {name}" for recipient in own}
    if faults:
        raise ListFaults("\n".join(faults))
    return found


def _published(content: str, recipients: list[Recipient]) -> Campaign:
    """The campaign as the workers will read it. Raises ``Unreadable``, and ``ListFaults`` where lists make it too large."""
    fields = {name: value for name, value in json.loads(content).items() if name != "lists"}
    whole = json.dumps(fields | {"recipients": [one.model_dump(mode="json") for one in recipients]}).encode()
    try:
        return read(Campaign, whole)
    except Unreadable as error:
        if recipients and (error.reason == "too_large" or ("recipients", "too_long") in error.faults):
            most = f"{MAX_EVENT_BYTES:,} bytes and 5,000 recipients"
            raise ListFaults(
                f"the campaign has grown too large with its lists ({most} at most). Shorten them."
            ) from None
        raise


def _twice(targets: tuple[str, ...]) -> list[str]:
    return sorted({target for target in targets if targets.count(target) > 1})


def _place(at: tuple[int | str, ...]) -> str:
    """Where in the file; a target's place goes no further than its number, whichever kind of target it is not."""
    return ".".join(map(str, at[:2] if at[:1] == ("targets",) else at)) or "file"


def _message(at: tuple[int | str, ...], message: str) -> str:
    if at[:1] == ("targets",) and len(at) > 1:
        return "Name your_representative, your_senators, a seat such as SNY01, or list: and the name of a list"
    return message


def _plain(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise click.ClickException(f"a value of type {type(value).__name__} has no place in a campaign's file")
