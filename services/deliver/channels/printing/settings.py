"""Settings of the channel `print`, which ``DeliverSettings`` takes over: where letters lie and when their day ends.

The command `postbag print` reads the same variables, so that the one who carries the letters looks where the worker wrote.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from services.deliver.attempt_settings import AttemptSettings
from services.deliver.zones import zone


def _known(name: str) -> str:
    zone(name)  # refused at start, and not when the first letter is printed
    return name


class PrintSettings(AttemptSettings):
    """Letters that somebody carries to the office."""

    print_dir: Annotated[
        Path,
        Field(description="Folder that the print channel writes to: a folder for each office, and in it one of PDF files "
              "and a manifest for each day (docs/printing.md). It holds personal data."),
    ] = Path("var/print")  # fmt: skip
    print_time_zone: Annotated[
        str,
        Field(description="Time zone whose days the letters are gathered by, such as America/New_York or UTC."),
        AfterValidator(_known),
    ] = "America/New_York"
