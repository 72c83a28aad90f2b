"""``postbag campaign``: check a campaign's file, and publish it to the running workers."""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import yaml
from pydantic import ConfigDict, ValidationError

from schemas.campaign import Bill, Campaign, CampaignPublished
from schemas.topics import CAMPAIGNS
from schemas.wire import Unreadable, read, write
from services.cli.output import print_json
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings, load
from services.render.templates import TemplateFault, compile_campaign

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


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


class _CampaignAsWritten(Campaign):
    """A campaign's file: unlike in an event, a field that nobody reads is refused, since it is likely a slip."""

    model_config = ConfigDict(extra="forbid")

    bill: _BillAsWritten | None = None


@click.group()
def campaign() -> None:
    """Check and publish campaigns."""


@campaign.command()
@_FILE
@_JSON
def check(file: Path, as_json: bool) -> None:
    """Check a campaign's file: its fields, and that its templates compile."""
    found = load_campaign(file)
    if as_json:
        print_json({"slug": found.slug, "version": found.version, "ok": True})
    else:
        click.echo(f"{file}: {found.slug}, version {found.version}, is well-formed.")


@campaign.command()
@_FILE
@_JSON
def publish(file: Path, as_json: bool) -> None:
    """Put a campaign on the campaigns topic; running workers take it up within seconds."""
    found = load_campaign(file)
    publisher = Publisher(load(KafkaSettings))
    publish_campaign(publisher, found)
    publisher.close()
    if as_json:
        print_json({"slug": found.slug, "version": found.version, "published": True})
    else:
        click.echo(f"Published {found.slug}, version {found.version}.")


def publish_campaign(publisher: Publisher, found: Campaign) -> None:
    """Publish ``found`` and wait until it is acknowledged."""
    now = datetime.now(UTC)
    event = CampaignPublished(id=f"{found.slug}/{found.version}", source="/postbag/cli", time=now, data=found)
    publisher.publish(CAMPAIGNS, found.slug.encode(), write(event))
    publisher.flush()


def load_campaign(file: Path) -> Campaign:
    """The campaign in a YAML file. Ends the command with every fault and its place in the file's structure."""
    try:
        content = json.dumps(yaml.load(file.read_text(encoding="utf-8"), _Loader), default=_plain)  # noqa: S506 - it is a safe one
        _CampaignAsWritten.model_validate_json(content)
        found = read(Campaign, content.encode())  # as the workers will read it
        compile_campaign(found)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} is not YAML in UTF-8: {error}") from None
    except ValidationError as error:
        faults = "\n".join(f"  {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise click.ClickException(
            f"{file} is not a campaign:\n{faults}\nThe fields are explained in docs/campaigns.md."
        ) from None
    except (TemplateFault, Unreadable) as error:
        raise click.ClickException(f"{file}: {error}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise click.ClickException(f"{file} holds what has no place in a campaign's file: {error}") from None
    return found


def _plain(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise click.ClickException(f"a value of type {type(value).__name__} has no place in a campaign's file")
