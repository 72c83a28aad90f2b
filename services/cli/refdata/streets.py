"""Asks the geocoder that is set up, if one is, about a street that would settle a doubt, as the service does.

Without POSTBAG_GEOCODER_URL nothing leaves this machine. With it, the street of an address line is sent there, and only where
ZIP and state leave the district open.
"""

from __future__ import annotations

from services.cli.refdata.typed import Typed
from services.pipeline.settings import load
from services.resolve.geocoding.doubts import Doubt, clear_up, is_open
from services.resolve.geocoding.settings import GeocoderSettings
from services.resolve.reference.plans import Plan
from services.resolve.resolution import Resolution


def settled(plan: Plan, typed: Typed, answer: Resolution) -> Resolution:
    """The answer, or a better one by the street. Raises ``SettingsRefused`` for a geocoder that is set up wrongly."""
    if not (typed.street and is_open(answer)):
        return answer
    settings = load(GeocoderSettings)
    if not settings.geocoder_url:
        return answer
    from services.pipeline.metrics import WorkerMetrics  # noqa: PLC0415 - slow to load, and seldom needed here
    from services.resolve.geocoding.geocoder import Geocoder  # noqa: PLC0415 - ditto

    geocoder = Geocoder(settings, WorkerMetrics("resolve"))
    try:
        return clear_up(geocoder, [Doubt(plan, typed.question, answer, typed.street, typed.city)])[0]
    finally:
        geocoder.close()
