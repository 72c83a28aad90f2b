"""Everything that ends a worker, as one tree, each with the exit code that a supervisor sees.

    PostbagError
    ├── SettingsRefused    2   a setting is wrong or unsafe: named, with the remedy
    ├── Fenced             3   another worker runs under the same slot
    ├── ShutdownOverdue    4   the drain did not end within its grace, or a second signal came
    ├── Stuck              5   the loop made no turn for too long
    ├── TooManyDead        6   the stage would dead-letter its input: a bad deploy, not bad data
    ├── BrokerFailed       7   the client reported an error that only a restart clears
    └── MissingOutcome     8   a stage returned no outcome for a record: a defect that must not commit

0 is a clean end and 1 an error that nobody foresaw. ``Evicted`` is not in the list: it is handled in the loop. Messages
hold names, numbers and remedies, and never a record's contents, because they are logged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from services.pipeline.broker import Partition


class PostbagError(Exception):
    """Base of the errors that Postbag raises knowingly. The message is safe to log."""

    exit_code: ClassVar[int] = 1


class SettingsRefused(PostbagError):
    """A setting is wrong or unsafe."""

    exit_code = 2


class Fenced(PostbagError):
    """Another producer or consumer holds this worker's identity; this one must not go on."""

    exit_code = 3


class ShutdownOverdue(PostbagError):
    """The drain took longer than its grace."""

    exit_code = 4


class Stuck(PostbagError):
    """The loop did not turn for longer than the watchdog allows."""

    exit_code = 5


class TooManyDead(PostbagError):
    """More of the stage's own failures than bad data explains."""

    exit_code = 6


class BrokerFailed(PostbagError):
    """The Kafka client is in a state that only a new client clears."""

    exit_code = 7


class MissingOutcome(PostbagError):
    """A stage did not say what became of a record."""

    exit_code = 8


class Evicted(PostbagError):
    """The group moved this worker's partitions while it worked: the batch was aborted and belongs to somebody else."""


class CannotRead(PostbagError):
    """The client cannot parse what lies at ``offset`` of ``place`` (a broken record batch)."""

    def __init__(self, place: Partition, offset: int) -> None:
        super().__init__(f"{place.topic}[{place.partition}] cannot be parsed at offset {offset}")
        self.place, self.offset = place, offset
