"""``postbag pause``, ``resume``, ``cancel`` and ``controls``: what operators hold back while everything runs."""

from services.cli.controls.cancelling import cancel
from services.cli.controls.pausing import pause, resume
from services.cli.controls.showing import controls

__all__ = ["cancel", "controls", "pause", "resume"]
