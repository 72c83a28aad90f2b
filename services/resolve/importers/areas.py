"""Collects districts' areas as an importer reads them, and checks what no format can promise.

A district that stands twice, an area without extent or coordinates that are no degrees make a map that answers wrongly
without an error, so they stop the import. The lines themselves are never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, check_totals, sha256_of
from services.resolve.reference.contents import Ring, Shape

_WIDEST: Final = 360.0
"""Degrees: some write what lies beyond 180 degrees east without a break."""


class Areas:
    """What one file holds. ``resolution_m`` is the file's own; single areas may be coarser."""

    def __init__(self, path: Path, resolution_m: float) -> None:
        self.resolution_m = resolution_m
        self._path = path
        self._shapes: dict[str, Shape] = {}
        self._undefined = 0
        self._corners = 0

    def add(self, geoid: str | None, rings: Iterable[Ring], resolution_m: float) -> None:
        """Takes an area; without a GEOID it is only counted. Raises ``ImportRefused`` if it cannot be a district's."""
        if geoid is None:
            self._undefined += 1
            return
        kept = [ring for ring in rings if ring]
        if geoid in self._shapes:
            raise ImportRefused(self._path, f"district {geoid} stands in it twice", "Merge its areas into one first")
        if not any(len(set(ring)) >= 3 for ring in kept):
            raise ImportRefused(self._path, f"district {geoid} has no area", "Download it again")
        if not all(-_WIDEST <= lon <= _WIDEST and -90.0 <= lat <= 90.0 for ring in kept for lon, lat in ring):
            raise ImportRefused(
                self._path,
                f"district {geoid} has coordinates that are no longitude and latitude in degrees",
                "Convert it first: ogr2ogr -t_srs EPSG:4269",
            )
        self._corners += sum(map(len, kept))
        self._shapes[geoid] = Shape(geoid, kept, resolution_m)

    def found(self, kind: str, congress: int | None, expect: Mapping[str, int] | None) -> tuple[list[Shape], Found]:
        """All districts in the order of their GEOIDs, and the totals. Raises ``ImportRefused`` if those are unexpected."""
        if not self._shapes:
            raise ImportRefused(self._path, "it has no district", "Take the file of congressional districts")
        counts = {"districts": len(self._shapes), "undefined": self._undefined, "corners": self._corners}
        rows = len(self._shapes) + self._undefined
        found = Found(self._path, kind, sha256_of(self._path), rows, congress, counts)
        check_totals(found, expect)
        return [self._shapes[geoid] for geoid in sorted(self._shapes)], found
