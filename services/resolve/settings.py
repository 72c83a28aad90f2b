"""Settings of resolve: where its reference data is, and what it may ask a geocoder."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from services.resolve.geocoding.settings import GeocoderSettings


class ResolveSettings(GeocoderSettings):
    """Finds the offices that represent each person; reads `accepted`, writes `resolved`, `held` and `rejected`."""

    reference: Annotated[
        str,
        Field(description="The reference file that `postbag refdata build` made, or a folder whose text file CURRENT names "
              "one in it; followed while the worker runs. Empty means the small sample that ships with Postbag."),
    ] = ""  # fmt: skip
    reference_check_seconds: Annotated[
        float, Field(description="How often to look for another reference file.", ge=0.05, le=3600)
    ] = 5.0
    reference_as_of: Annotated[
        AwareDatetime | None,
        Field(description="A fixed time, with its zone, at which to answer instead of each submission's own: for "
              "demonstrations and tests."),
    ] = None  # fmt: skip
