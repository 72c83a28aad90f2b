"""Settings of render: what every worker has, and what the forms of a letter need."""

from __future__ import annotations

from services.render.forms.cwc.settings import CwcSettings


class RenderSettings(CwcSettings):
    """Makes one letter for each office; reads `resolved`, writes `letters`."""
