"""Refusals of importers, the compiler and the disk, as one sentence and exit code 1 instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from services.resolve.importers.errors import ImportRefused
from services.resolve.tables import InvalidReferenceError


@contextmanager
def refusals() -> Iterator[None]:
    """Ends the command where data is refused or a file cannot be read or written."""
    try:
        yield
    except (ImportRefused, InvalidReferenceError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'a file'}: {error.strerror or error}") from None
