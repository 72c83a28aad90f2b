"""Settings of the paper form, which ``RenderSettings`` takes over: more fonts than those that come along.

All that paper needs otherwise is the extra ``paper``. The page itself has no settings: one size, one layout, checked by eye.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.pipeline.settings import WorkerSettings


class PaperSettings(WorkerSettings):
    """What sets letters on paper beyond what is installed."""

    fonts_dir: Annotated[
        Path | None,
        Field(description="Folder of more fonts (TTF or OTF, with its subfolders) for letters on paper: they show what the "
              "fonts that come along cannot, such as emoji or Gujarati."),
    ] = None  # fmt: skip
