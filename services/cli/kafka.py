"""``postbag up``, ``down`` and ``status``: a real Kafka on this machine, or the cluster that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

import click

from deploy.local import detached
from deploy.local.places import default_home
from services.cli.output import print_json
from services.pipeline.admin import Topics
from services.pipeline.settings import KafkaSettings, load

_HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=default_home,
    show_default="a folder of this checkout",
    help="Folder with the broker's data, logs and record.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@_HOME
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port to listen on; by default the last one, or a free one."
)
@_JSON
def up(home: Path, port: int | None, as_json: bool) -> None:
    """Start a Kafka broker on this machine and create the topics; it stays until `postbag down`.

    With POSTBAG_KAFKA_BOOTSTRAP_SERVERS set, that cluster is used and nothing is started.
    """
    given = os.environ.get("POSTBAG_KAFKA_BOOTSTRAP_SERVERS")
    if given:
        servers, note = given, "Using the cluster of POSTBAG_KAFKA_BOOTSTRAP_SERVERS; nothing was started."
    else:
        if not as_json:
            click.echo("Starting Kafka (a few seconds)...", err=True)
        info = detached.up(home, port)
        servers = info.bootstrap_servers
        note = f"Kafka {'already runs' if info.already_running else 'runs'}; its data and logs are in {home}."
    topics = Topics(load(KafkaSettings, kafka_bootstrap_servers=servers))
    changes = topics.apply()
    topics.close()
    if as_json:
        print_json({"bootstrap_servers": servers, "started": not given, "topics_changed": len(changes)})
        return
    click.echo(note)
    click.echo(f"Topics: {len(changes) or 'no'} changes.")
    click.echo(f"\n  export POSTBAG_KAFKA_BOOTSTRAP_SERVERS={servers}\n")


@click.command()
@_HOME
@_JSON
def down(home: Path, as_json: bool) -> None:
    """Stop the broker that `postbag up` started; its data stays."""
    stopped = detached.down(home)
    if as_json:
        print_json({"stopped": stopped})
    else:
        click.echo("Stopped." if stopped else f"No broker runs from {home}.")


@click.command()
@_HOME
@_JSON
def status(home: Path, as_json: bool) -> None:
    """Say whether a broker runs here, and where. Ends with 1 if none does."""
    info = detached.status(home)
    if as_json:
        print_json({"running": info is not None, "bootstrap_servers": info.bootstrap_servers if info else None})
    else:
        click.echo(f"Kafka runs at {info.bootstrap_servers}." if info else f"No broker runs from {home}.")
    if info is None:
        raise SystemExit(1)
