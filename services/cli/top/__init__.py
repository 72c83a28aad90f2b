"""``postbag top``: the four stages, the books and what waits, as they are now, on one screen."""

from services.cli.top.command import top

__all__ = ["top"]
