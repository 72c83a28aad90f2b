"""Recipes for tests, of the ZIPs that ship with Postbag: every state is in them, and a build takes a fraction of a second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from services.resolve.reference.sample import sample_contents

PAIRS: Final[Mapping[str, tuple[str, ...]]] = {
    zip5: tuple(parts) for zip5, parts in sample_contents().plans[0].zips.zips.items()
}
"""99 ZIPs of all 50 states, DC and the territories, with the GEOIDs of their districts."""

Pairs = Mapping[str, Iterable[str]]


def write_pairs(file: Path, pairs: Pairs = PAIRS) -> Path:
    """A table as people publish them."""
    rows = [f"{zip5},{geoid}" for zip5, geoids in pairs.items() for geoid in geoids]
    file.write_text("\n".join(["zcta,geoid", *rows]) + "\n", encoding="utf-8")
    return file


def write_recipe(folder: Path, pairs: Pairs = PAIRS, *, plan: Mapping[str, Any] | None = None, **more: Any) -> Path:
    """A recipe for the 119th Congress with these pairs; ``plan`` goes into the plan, ``more`` beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_pairs(folder / "pairs.csv", pairs)
    first = {"congress": 119, "zips": [{"format": "pairs", "file": "pairs.csv"}], **(plan or {})}
    file = folder / "recipe.yaml"
    file.write_text(yaml.safe_dump({"plans": [first], **more}), encoding="utf-8")
    return file


def without(*zips: str, state: str = "") -> dict[str, tuple[str, ...]]:
    """The pairs without some ZIPs, or without all of a state (its FIPS code)."""
    return {
        zip5: geoids
        for zip5, geoids in PAIRS.items()
        if zip5 not in zips and not (state and any(geoid.startswith(state) for geoid in geoids))
    }
