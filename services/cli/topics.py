"""``postbag topics``: what is declared, what differs on the cluster, and making it so."""

from __future__ import annotations

import click

from schemas.topics import ALL
from services.cli.output import print_json, print_table
from services.pipeline.admin import Change, Topics
from services.pipeline.settings import KafkaSettings, load

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def topics() -> None:
    """Create and check the declared topics."""


@topics.command("list")
@_JSON
def list_topics(as_json: bool) -> None:
    """The topics as declared; asks no broker."""
    if as_json:
        print_json([{"name": t.name, "holds": t.holds, "key": t.key, "cleanup": t.cleanup} for t in ALL])
        return
    print_table(
        "Topics", ("name", "key", "written by", "cleanup"), [(t.name, t.key, t.written_by, t.cleanup) for t in ALL]
    )


@topics.command()
@_JSON
def plan(as_json: bool) -> None:
    """What `apply` would change. Ends with 1 if there is something to change, so that a check can rely on it."""
    cluster = Topics(load(KafkaSettings))
    changes = cluster.plan()
    cluster.close()
    _show(changes, as_json=as_json, nothing="Every topic is as declared.")
    if changes:
        raise SystemExit(1)


@topics.command()
@_JSON
def apply(as_json: bool) -> None:
    """Create what is missing and correct what differs. Ends with 1 if something had to be refused."""
    cluster = Topics(load(KafkaSettings))
    changes = cluster.apply()
    cluster.close()
    _show(changes, as_json=as_json, nothing="Every topic was as declared.")
    if any(change.action == "refused" for change in changes):
        raise SystemExit(1)


def _show(changes: list[Change], *, as_json: bool, nothing: str) -> None:
    if as_json:
        print_json([{"topic": c.topic, "action": c.action, "detail": c.detail} for c in changes])
    elif changes:
        for change in changes:
            click.echo(f"{change.action:10} {change.topic}: {change.detail}")
    else:
        click.echo(nothing)
