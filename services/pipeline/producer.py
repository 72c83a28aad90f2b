"""The library's producer, made one that can be let go of.

kafka-python's own cannot be closed once it has records that it cannot send: closing flushes, flushing fails, and the
producer's threads stay. This one gives up what is unsent when it is told to leave, by way of public methods only. Nor does
the library see that a transaction is whole before it commits one: see ``confirm``. And one that is fenced stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kafka import KafkaProducer
from kafka import errors as kafka_errors

from services.pipeline.kafka_mended import stay_fenced

_FENCED: Final = (kafka_errors.ProducerFencedError, kafka_errors.InvalidProducerEpochError)


def is_fenced(error: BaseException) -> bool:
    """Whether it says that another producer has taken this one's transactional id.

    From the moment when the library knows, it wraps that into errors without a type, which name it only in their text.
    """
    return isinstance(error, _FENCED) or any(kind.__name__ in str(error) for kind in _FENCED)


class Producer(KafkaProducer):  # type: ignore[misc]
    """A ``KafkaProducer`` with ``confirm`` and ``leave``."""

    leaving = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if options.get("transactional_id"):
            stay_fenced(self)

    def flush(self, timeout: float | None = None) -> None:
        """Wait up to ``timeout`` seconds a batch until everything is acknowledged or failed; see the base class."""
        try:
            super().flush(timeout)
        except (kafka_errors.KafkaError, AssertionError):
            if not self.leaving:
                raise

    def confirm(self, sent: Sequence[Any]) -> None:
        """Wait until every record is acknowledged; ``sent`` are the futures that ``send`` returned.

        To be called before each commit. A record that the library gave up sending (the broker was away for longer than its
        delivery time-out) fails its future and nothing else, and the transaction, with the offsets in it, would be committed
        without that record (``tests/integration/test_no_commit_passes_over_an_unsent_record.py``).

        Raises:
            kafka.errors.KafkaError: why one was not written; that this producer is fenced, where one of them says so.
        """
        self.flush(timeout=self.config["delivery_timeout_ms"] / 1000 + 1)
        unsent = [future.exception or kafka_errors.KafkaTimeoutError() for future in sent if not future.succeeded()]
        if unsent:
            raise next(filter(is_fenced, unsent), unsent[0])

    def leave(self, timeout: float = 1.0) -> None:
        """Send what can be sent within ``timeout`` seconds, give up the rest, and end the threads."""
        self.leaving = True
        self.close(timeout=timeout)
