"""Where the real data for tests is, and the mark that skips a test with a plain word where it is absent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(os.environ.get("POSTBAG_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
needs_data = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the real data is not here: set POSTBAG_TEST_DATA to its folder"
)


def data(name: str) -> Path:
    """A file of the real data."""
    return FOLDER / name
