"""The library's producer, made one that can be let go of.

kafka-python's own cannot be closed once it has records that it cannot send: closing flushes, flushing fails, and the
producer's threads stay. This one gives up what is unsent when it is told to leave, by way of public methods only.
"""

from __future__ import annotations

from kafka import KafkaProducer
from kafka import errors as kafka_errors


class Producer(KafkaProducer):  # type: ignore[misc]
    """A ``KafkaProducer`` with ``leave``."""

    leaving = False

    def flush(self, timeout: float | None = None) -> None:
        """Wait up to ``timeout`` seconds a batch until everything is acknowledged or failed; see the base class."""
        try:
            super().flush(timeout)
        except (kafka_errors.KafkaError, AssertionError):
            if not self.leaving:
                raise

    def leave(self, timeout: float = 1.0) -> None:
        """Send what can be sent within ``timeout`` seconds, give up the rest, and end the threads."""
        self.leaving = True
        self.close(timeout=timeout)
