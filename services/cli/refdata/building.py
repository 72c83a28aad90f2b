"""``postbag refdata build``: from a recipe to a file that workers take up."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.output import console, print_json
from services.cli.refdata.info import seats_by_status, show
from services.cli.refdata.opening import opened
from services.cli.refdata.refusals import refusals

if TYPE_CHECKING:
    from services.resolve.importers.build import Built


@click.command()
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder for the file, which becomes the one in use; or a file ending in .postbag-ref, which is just written.",
)
@click.option("--force", is_flag=True, help="Keep it even if it has lost something against the file in use.")
@click.option("--no-activate", is_flag=True, help="Leave the file in use in use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def build(recipe: Path, out: Path, force: bool, no_activate: bool, as_json: bool) -> None:
    """Build a reference file and take it into use.

    RECIPE names the sources, beside it. The file is compiled beside, proves itself (totals, golden cases), and
    is compared with the file in use: one that has lost more than 1 % of anything, or all of a state, is
    refused. Ends with 1 if it is refused; the old one stays in use.
    """
    # Only a build needs all importers, and some of them an extra: the other commands must not.
    from services.resolve.importers.build import build as build_file  # noqa: PLC0415

    began = time.monotonic()
    with refusals():
        built = build_file(recipe, out, force=force, use=not no_activate, tell=_quiet if as_json else _teller())
    with opened(built.file) as reference:
        now = time.time()
        statuses = seats_by_status(reference, now)
        if as_json:
            print_json(_as_json(built, statuses, time.monotonic() - began))
        else:
            show(reference, statuses, now)
    for one in built.lost:
        click.echo(f"FORCED: {one}", err=True)
    if as_json:
        return
    for remark in built.remarks:
        click.echo(remark)
    use = "It is in use now" if built.active else "It is not in use"
    was = f"; before, it was {built.before.name}" if built.active and built.before else ""
    click.echo(f"\n{built.file}: {built.size:,} bytes, in {time.monotonic() - began:.1f} seconds. {use}{was}.")


def _as_json(built: Built, statuses: dict[str, int], seconds: float) -> dict[str, object]:
    return {
        "file": str(built.file),
        "version": built.version,
        "size": built.size,
        "seconds": round(seconds, 1),
        "active": built.active,
        "before": built.before.name if built.before else None,
        "lost": list(built.lost),
        "remarks": list(built.remarks),
        "seats_by_status": statuses,
        "manifest": built.manifest.model_dump(mode="json"),
    }


def _teller() -> Callable[[str, int, int], None]:
    """Says on a terminal how far each step is, and elsewhere only which step has begun."""
    steps: dict[str, int] = {}

    def tell(what: str, done: int, total: int) -> None:
        share = 100 * done // max(1, total)
        if what not in steps and not console.is_terminal:
            click.echo(f"{what} …", err=True)
        if console.is_terminal and steps.get(what) != share:
            click.echo(f"\r\x1b[K{what} {share} %", err=True, nl=done >= total)
        steps[what] = share

    return tell


def _quiet(what: str, done: int, total: int) -> None:
    """Programs want the JSON alone."""
