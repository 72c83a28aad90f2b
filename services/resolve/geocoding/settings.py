"""Settings of the geocoder, which ``ResolveSettings`` takes over.

The one that matters is the URL: it is empty, and so no address leaves the cluster, until an operator sets it. A vintage whose
districts change without notice is refused, since the answer would be of another map than the one that is asked about.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from services.pipeline.settings import WorkerSettings
from services.pipeline.this_machine import is_this_machine


def _safe_url(url: str) -> str:
    """``url`` without a trailing slash. Raises ``ValueError``: an address must not travel in the clear."""
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an https:// address")
    if parts.query or parts.fragment or "@" in parts.netloc or any(c.isspace() for c in url):
        raise ValueError("must have no query, fragment, user or blank in it")
    if parts.scheme == "http" and not is_this_machine(parts.hostname):
        raise ValueError("must be an https:// address: people's addresses are not sent in the clear")
    return url.rstrip("/")


def _pinned(vintages: dict[int, str]) -> dict[int, str]:
    if not vintages or any(name.lower().startswith("current") for name in vintages.values()):
        raise ValueError("must name a vintage for each Congress, none of which follows the calendar (Current_...)")
    return vintages


_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,60}$")]
_Congress = Annotated[int, Field(ge=100, le=199)]
_VINTAGES: Final = {119: "ACS2025_Current", 120: "ACS2026_Current"}


class GeocoderSettings(WorkerSettings):
    """Where and how a geocoder is asked about street addresses."""

    geocoder_url: Annotated[
        str,
        Field(description="Geocoder that is sent the street addresses whose ZIP leaves the district in doubt, such as "
              "https://geocoding.geo.census.gov/geocoder/geographies/address; empty means that none is sent anywhere."),
        AfterValidator(_safe_url),
    ] = ""  # fmt: skip
    geocoder_benchmark: Annotated[_Name, Field(description="The geocoder's set of address ranges.")] = (
        "Public_AR_Current"
    )
    geocoder_vintages: Annotated[
        dict[_Congress, _Name],
        Field(description="By Congress, the geocoder's vintage that has its districts, as JSON; never one that follows "
              "the calendar, since its districts change without notice."),
        AfterValidator(_pinned),
    ] = _VINTAGES  # fmt: skip
    geocoder_request_seconds: Annotated[
        float,
        Field(description="Hard limit on one question to the geocoder, from its name to its last byte.", gt=0, le=10),
    ] = 3.0
    geocoder_budget_seconds: Annotated[
        float,
        Field(description="Hard limit on a batch's questions together; what is not answered by then is treated as if "
              "there were no geocoder. At least two questions' limit.", gt=0, le=20),
    ] = 8.0  # fmt: skip
    geocoder_concurrency: Annotated[int, Field(description="Questions under way at once.", ge=1, le=64)] = 8
    geocoder_cache_entries: Annotated[
        int,
        Field(
            description="Answers kept in memory, under keyed hashes of their addresses; 0 keeps none.",
            ge=0,
            le=1_000_000,
        ),
    ] = 50_000
    geocoder_cache_seconds: Annotated[
        float,
        Field(
            description="How long a place that was found is kept; a twelfth of it where none was.", gt=0, le=2_592_000
        ),
    ] = 86_400.0
    geocoder_breaker_failures: Annotated[
        int, Field(description="Failures in a row after which the geocoder is left alone for a while.", ge=1, le=1000)
    ] = 5
    geocoder_rest_seconds: Annotated[
        float, Field(description="How long it is left alone, unless its Retry-After asks for longer.", gt=0, le=3600)
    ] = 30.0

    @field_validator("geocoder_budget_seconds")
    @classmethod
    def _fits(cls, seconds: float, info: ValidationInfo) -> float:
        if not info.data.get("geocoder_url"):
            return seconds
        if seconds < 2 * info.data.get("geocoder_request_seconds", 0.0):
            raise ValueError("must be at least twice POSTBAG_GEOCODER_REQUEST_SECONDS")
        if seconds > info.data.get("stuck_seconds", seconds * 2) / 2:  # the watchdog would end the worker for it
            raise ValueError("must be at most half of POSTBAG_STUCK_SECONDS")
        return seconds
