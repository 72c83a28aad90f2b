"""``postbag refdata pull``: fetches the public files that a recipe names."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.output import console, print_json, progress
from services.cli.refdata.refusals import refusals
from services.resolve.importers.pull import LOCK, pull, read_lock
from services.resolve.importers.recipe import read_recipe, wanted
from services.resolve.importers.shelf import write_atomically

SHIPPED = Path(__file__).parents[2] / "resolve" / "importers" / "us-congress.yaml"
"""The recipe that comes with Postbag: everything public for the maps of the 118th and 119th Congresses."""


@click.command("pull")
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files; by default the recipe's own. Required where no recipe is given.",
)
@click.option("--base-url", help="A mirror, taken instead of the scheme and host of every address.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pull_command(recipe: Path | None, into: Path | None, base_url: str | None, as_json: bool) -> None:
    """Fetch the public sources of a recipe.

    Without RECIPE it is the one that comes with Postbag: the maps of the 118th and 119th Congresses and who sits. What is
    there and unchanged is not fetched again. Checksums that the recipe pins are checked; the others are kept in
    pulled.json beside the files. Ends with 1 if a source could not be fetched; the others are kept.
    """
    if recipe is None and into is None:
        raise click.UsageError("Say where to, with --into FOLDER.")
    if base_url is not None and not base_url.startswith(("http://", "https://")):
        raise click.UsageError("--base-url must begin with http:// or https://.")
    source = recipe or SHIPPED
    folder = into or source.parent
    with refusals():
        plan = read_recipe(source)
        folder.mkdir(parents=True, exist_ok=True)
        ready = folder / source.name
        if ready.resolve() != source.resolve():  # a build finds files beside its recipe
            write_atomically(ready, source.read_bytes())
        total = len({one.file for one in wanted(plan) if one.url})
        console.quiet = as_json
        try:
            with progress("pulling", total) as tell:
                report = pull(plan, folder, base_url=base_url, tell=tell)
        finally:
            console.quiet = False
        known = read_lock(folder)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "recipe": str(ready),
                "fetched": list(report.fetched),
                "unchanged": list(report.kept),
                "faults": list(report.faults),
                "by_hand": list(report.by_hand),
                "files": {name: entry.model_dump(mode="json") for name, entry in known.items()},
            }
        )
    else:
        for name in report.fetched:
            click.echo(f"{known[name].sha256}  {name}  {known[name].size:,} bytes")
        click.echo(f"{len(report.fetched)} fetched, {len(report.kept)} unchanged, {len(report.faults)} failed.")
        for one in report.by_hand:
            click.echo(f"Not here, and the recipe has no address for it: {one}")
    for fault in report.faults:
        click.echo(f"Error: {fault}", err=True)
    if report.faults:
        raise SystemExit(1)
    if not as_json:
        click.echo(f"Checksums are in {folder / LOCK}. Next: postbag refdata build {ready} --out FOLDER")
