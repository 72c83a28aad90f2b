"""``postbag refdata verify`` and ``activate``: a file proves itself, and only then is taken into use."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.output import print_json
from services.cli.refdata.opening import FILE, opened
from services.cli.refdata.refusals import refusals
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.shelf import activate as point
from services.resolve.importers.shelf import compare, current, refuse_if_lost
from services.resolve.reference.reference import Reference
from services.resolve.tables import InvalidReferenceError


@click.command()
@FILE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(file: Path | None, as_json: bool) -> None:
    """Check a file's checksum, totals, shares and golden cases. Ends with 1 if any fails.

    FILE may be a folder, whose file in use is meant. Without FILE it is what POSTBAG_REFERENCE names, or the
    sample that comes with Postbag.
    """
    with opened(file) as reference:
        version, faults, cases = reference.version, reference.verify(), reference.manifest.counts.get("golden", 0)
    if as_json:
        print_json({"version": version, "ok": not faults, "golden": cases, "faults": faults})
    elif not faults:
        click.echo(f"Reference file {version} is good: checksum, totals, shares and {cases:,} golden cases.")
    for fault in faults:
        click.echo(f"FAULT: {fault}", err=True)
    if faults:
        raise SystemExit(1)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Take it even if it has lost something against the file in use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def activate(file: Path, force: bool, as_json: bool) -> None:
    """Take FILE into use in its folder, or go back to it.

    Running workers follow within seconds. It must prove itself first, as `verify` does, and is compared with
    the file in use, as `build` does.
    """
    with opened(file) as reference:
        faults, version = reference.verify(), reference.version
        if faults:
            raise click.ClickException(f"{file} stays out of use: {faults[0]}" + _and_more(faults))
        with refusals():
            lost = _lost(reference, file, force=force)
            before = point(file, force=bool(lost))
    if as_json:
        print_json({"active": file.name, "version": version, "before": before.name if before else None, "lost": lost})
        return
    for one in lost:
        click.echo(f"Forced: {one}", err=True)
    click.echo(f"{file.name} is in use now." + (f" Before, it was {before.name}." if before else ""))


def _lost(reference: Reference, file: Path, *, force: bool) -> list[str]:
    """What is lost against the file in use; a ``CURRENT`` that names nothing readable is what this command repairs."""
    try:
        before = current(file.parent)
        lost = [] if before is None else compare(before, reference.manifest)
    except (ImportRefused, InvalidReferenceError):
        return []
    refuse_if_lost(before or file, lost, force=force)
    return lost


def _and_more(faults: list[str]) -> str:
    return f" (and {len(faults) - 1} more: `postbag refdata verify` lists them)" if len(faults) > 1 else ""
