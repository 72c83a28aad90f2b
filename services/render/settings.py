"""Settings of render: what every worker has, and what the forms of letters need."""

from __future__ import annotations

from services.render.forms.cwc.settings import CwcSettings
from services.render.forms.paper.settings import PaperSettings


class RenderSettings(CwcSettings, PaperSettings):
    """Makes one letter for each office; reads `resolved`, writes `letters`."""
