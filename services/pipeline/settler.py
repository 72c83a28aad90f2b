"""Writes from the command line that must happen together, and once: dead letters put back, with the word that they were.

A transactional producer under an id of the installation's own. Whoever opens one fences whoever has it open, and learns of
all that the other committed before the first read of its own; so a command that was killed is run again without harm, and of
two operators at once the later one goes on. It must be opened before what is settled is read, and never be shared by threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from kafka import errors as kafka_errors

from services.pipeline.errors import BrokerFailed, Fenced
from services.pipeline.kafka_options import check_producer, settler_options
from services.pipeline.logs import quiet_client
from services.pipeline.producer import Producer, is_fenced

if TYPE_CHECKING:
    from services.pipeline.settings import KafkaSettings


class Sending(NamedTuple):
    """A record to write; ``topic`` is the full name."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Settles(Protocol):
    """What a command needs of a settler: ``settle`` writes all of ``records`` or none of them, once."""

    def settle(self, records: Sequence[Sending]) -> None: ...

    def close(self) -> None: ...


class Settler:
    """See ``Settles``. ``role`` tells apart the commands that may run beside one another (``dead``, ``held``)."""

    def __init__(self, settings: KafkaSettings, role: str) -> None:
        quiet_client()
        self._role = role
        self._open = False
        self._producer: Any = None
        with self._translated(), ExitStack() as refused:
            self._producer = Producer(**settler_options(settings, role))
            refused.callback(self.close)
            check_producer(self._producer.config)
            self._producer.init_transactions()
            refused.pop_all()

    def settle(self, records: Sequence[Sending]) -> None:
        """One transaction, once every record of it is acknowledged. Raises ``Fenced``, ``BrokerFailed``.

        After ``BrokerFailed`` it may or may not have been written, whole; the next settler of this role finds out.
        """
        with self._translated():
            self._producer.begin_transaction()
            self._open = True
            sent = [
                self._producer.send(one.topic, one.value, one.key, list(one.headers), one.partition) for one in records
            ]
            self._producer.confirm(sent)
            self._producer.commit_transaction()
            self._open = False

    def close(self) -> None:
        """Let go of the connection; what is open is dropped at once, since it holds up the topics' readers."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        with suppress(kafka_errors.KafkaError, AssertionError):  # fenced, or the broker is away: it ends by itself
            if self._open:
                producer.abort_transaction()
        with suppress(kafka_errors.KafkaError, AssertionError):
            producer.leave()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The library's errors as Postbag's own. Their texts stay behind: they can quote records."""
        try:
            yield
        except (kafka_errors.KafkaError, ValueError) as error:
            if is_fenced(error):
                raise Fenced(
                    f"somebody else began a command on {self._role} records and goes on in this one's place; nothing was"
                    " done twice. What is left to do, `list` shows"
                ) from None
            raise BrokerFailed(
                f"the Kafka client reported {type(error).__name__}: check that the broker runs and that this user may"
                " use transactions, then run the command again; what was done is not done twice"
            ) from None
