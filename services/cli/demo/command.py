"""``postbag demo`` as a command: its options, and how its outcome is shown."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import click

from deploy.local.crowd import crowd
from deploy.local.places import default_home, project_root
from services.cli.books_command import print_books
from services.cli.campaign import load_campaign
from services.cli.demo.play import Outcome, Script, play
from services.cli.demo.theatre import Theatre
from services.cli.output import console, print_json


@click.command()
@click.option(
    "--people", type=click.IntRange(10, 1_000_000), default=2_000, show_default=True, help="Submissions to send."
)
@click.option("--rate", type=click.IntRange(1, 100_000), default=150, show_default=True, help="Submissions a second.")
@click.option(
    "--seed",
    type=int,
    help="What the crowd and the chaos are made from; 1 by default, and another each time with --chaos.",
)
@click.option(
    "--channel",
    type=click.Choice(["webhook", "outbox"]),
    default="webhook",
    show_default=True,
    help="Post the letters to a local office, or write them to files.",
)
@click.option("--chaos", is_flag=True, help="Kill every service and the broker, twice each, at random moments.")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: default_home().parent / "demo",
    show_default="a folder of this checkout",
    help="Folder for its data and logs; what an earlier demo left in it is removed.",
)
@click.option(
    "--timeout", type=click.IntRange(10), default=300, show_default=True, help="Give up after so many seconds."
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON, and no progress.")
def demo(
    people: int, rate: int, seed: int | None, channel: str, chaos: bool, home: Path, timeout: int, as_json: bool
) -> None:
    """Carry a campaign's submissions through a real Kafka and the four services, and balance the books.

    Ends with 0 only if every submission is in exactly one state, every letter is accounted for, nothing was lost, and no
    office accepted a letter twice.
    """
    console.quiet = as_json
    _clear(home)
    seed = seed if seed is not None else random.randrange(1, 1_000_000) if chaos else 1  # noqa: S311 - it is printed
    campaign = load_campaign((project_root() or Path()) / "campaigns" / "syria-accountability.yaml")
    sent = list(crowd(seed, people, campaign.slug))
    console.print("Starting a Kafka broker and a local office (a few seconds) ...")
    if chaos:
        console.print(f"The chaos comes from seed {seed}: `postbag demo --chaos --seed {seed}` has it again.")
    with Theatre(home, channel).open() as theatre:
        outcome = play(theatre, Script(campaign, sent, seed, rate, chaos=chaos, timeout=timeout))
    if as_json:
        print_json(_as_json(outcome))
    else:
        _show(outcome, home)
    if outcome.faults:
        raise SystemExit(1)


def _clear(home: Path) -> None:
    """Remove what an earlier demo left, and nothing else: a folder that holds anything else is refused."""
    ours = {"kafka", "logs", "state", "outbox", "office", "office.port"}
    strange = [entry.name for entry in home.iterdir() if entry.name not in ours] if home.exists() else []
    if strange:
        raise click.ClickException(f"{home} holds {strange[0]}, which is no demo's: choose another --home")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        **outcome.books.as_json(),
        "seed": outcome.seed,
        "office": outcome.office,
        "killed": outcome.deeds,
        "faults": outcome.faults,
        "seconds": round(outcome.seconds, 1),
    }


def _show(outcome: Outcome, home: Path) -> None:
    if outcome.letter:
        letter = outcome.letter
        console.rule(f"One of the letters, to {letter.office}: {letter.subject}", align="left", style="dim")
        console.print(letter.body, markup=False)
        console.rule(style="dim")
    print_books(outcome.books)
    if outcome.office:
        console.print(
            f"The office accepted {outcome.office['accepted']:,} letters; {outcome.office['duplicates_offered']:,} were"
            f" offered again under the same id, and {outcome.office['accepted_twice']:,} accepted twice."
        )
    for fault in outcome.faults:
        console.print(f"FAULT: {fault}", style="bold red", markup=False)
    console.print(f"It took {outcome.seconds:.0f} s. Logs: {home / 'logs'}", markup=False, soft_wrap=True)
    if outcome.faults:
        console.print("The demo failed.", style="bold red")
    else:
        console.print("Nothing was lost, and nothing was sent twice.", style="bold green")
