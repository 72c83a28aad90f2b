"""Opening the reference file that a command is about: one that is named, the one in use in a folder, or the sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from services.cli.refdata.refusals import refusals
from services.resolve.importers.shelf import choose
from services.resolve.reference.reference import Reference, open_reference

FILE = click.argument("file", type=click.Path(path_type=Path), required=False, envvar="POSTBAG_REFERENCE")


@contextmanager
def opened(place: Path | None) -> Iterator[Reference]:
    """The reference at ``place``, None for the sample; ends the command where there is none or it is damaged."""
    with refusals():
        reference = open_reference(None if place is None else choose(place))
    try:
        yield reference
    finally:
        reference.close()
