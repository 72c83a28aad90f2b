"""How the real client learns that its assignment changed: the library tells a listener, on a thread of its own.

It only notes it, for the next poll to act on: nothing is in flight between two polls, so a revocation needs no answer. No
work of a stage may ever be done here.
"""

from __future__ import annotations

import threading
from typing import Any

from kafka import ConsumerRebalanceListener


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Sets ``reassigned`` whenever the assignment changes."""

    def __init__(self, reassigned: threading.Event) -> None:
        self._reassigned = reassigned

    def on_partitions_revoked(self, revoked: Any) -> None:
        self._reassigned.set()

    def on_partitions_assigned(self, assigned: Any) -> None:
        self._reassigned.set()
