"""The ways in which an office can be told to misbehave, and which of them a request meets.

Each fault is a small model, so that a command is checked where it arrives. ``share`` and ``times`` are drawn per fault
from its own seed: the same requests in the same order meet the same faults. A fault set for one office wins over the
same kind set for all. Faults live in memory only: an office that was killed comes back well-behaved.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from deploy.local.dice import Dice

ALL_OFFICES: Final = "*"

ResetWhen = Literal["before_reading", "while_reading", "after_reading", "after_accepting"]
Seconds = Annotated[float, Field(ge=0, le=3600)]


class _Fault(BaseModel):
    """``share`` of the requests are met (0 to 1, drawn from ``seed``), and no more than ``times`` of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: Annotated[float, Field(ge=0, le=1)] = 1.0
    seed: int = 0
    times: Annotated[int, Field(ge=1)] | None = None


class Slow(_Fault):
    """Waits before it does anything else with the letter; the letter counts even if the sender has left by then."""

    kind: Literal["slow"] = "slow"
    seconds: Seconds


class Reset(_Fault):
    """Cuts the connection (TCP RST). After accepting is the worst: the letter is in, and the sender cannot know.

    Before reading, the head of the request was read all the same; while reading, half of the letter as well.
    """

    kind: Literal["reset"] = "reset"
    when: ResetWhen


class Hang(_Fault):
    """Reads the letter and says nothing for ``seconds``, then cuts the connection; ``accept``: the letter is in."""

    kind: Literal["hang"] = "hang"
    seconds: Seconds
    accept: bool = False


class Refuse(_Fault):
    """Answers ``status``; ``retry_after`` goes into the header as it is, sense or nonsense."""

    kind: Literal["refuse"] = "refuse"
    status: Annotated[int, Field(ge=400, le=599)]
    retry_after: Annotated[str, Field(max_length=200, pattern=r"^[\x20-\x7e]*$")] | None = None


class Redirect(_Fault):
    """Sends the sender elsewhere, where no letter may go."""

    kind: Literal["redirect"] = "redirect"
    location: Annotated[str, Field(max_length=500, pattern=r"^[\x21-\x7e]+$")]
    status: Literal[301, 302, 303, 307, 308] = 307


class Drip(_Fault):
    """Accepts, and answers one byte every ``interval`` seconds, from the status line on."""

    kind: Literal["drip"] = "drip"
    interval: Seconds = 1.0


class Forget(_Fault):
    """Accepts what it accepted before as if it were new: an office that keeps no ids."""

    kind: Literal["forget"] = "forget"


Fault = Annotated[Slow | Reset | Hang | Refuse | Redirect | Drip | Forget, Field(discriminator="kind")]


class Command(BaseModel):
    """``PUT /control``: set ``fault`` for ``office`` (an id, or ``*`` for all).

    Without a fault: clear those of the office, with ``*`` those of every office.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    office: Annotated[str, Field(pattern=r"^(\*|[A-Z]{3}[0-9]{2})$")]
    fault: Fault | None = None


class _Standing:
    """A fault that was set, with how many requests it has seen and hit."""

    def __init__(self, fault: Fault) -> None:
        self.fault, self.seen, self.hits = fault, 0, 0

    def meets(self) -> bool:
        self.seen += 1
        spent = self.fault.times is not None and self.hits >= self.fault.times
        met = not spent and Dice("fault", self.fault.seed, self.seen).share() < self.fault.share
        self.hits += met
        return met


class Met:
    """The faults that one request meets, by kind; at most one of each."""

    __slots__ = ("drip", "forget", "hang", "redirect", "refuse", "reset", "slow")

    def __init__(self, faults: list[Fault]) -> None:
        self.slow = next((fault for fault in faults if isinstance(fault, Slow)), None)
        self.reset = next((fault for fault in faults if isinstance(fault, Reset)), None)
        self.hang = next((fault for fault in faults if isinstance(fault, Hang)), None)
        self.refuse = next((fault for fault in faults if isinstance(fault, Refuse)), None)
        self.redirect = next((fault for fault in faults if isinstance(fault, Redirect)), None)
        self.drip = next((fault for fault in faults if isinstance(fault, Drip)), None)
        self.forget = any(isinstance(fault, Forget) for fault in faults)

    @property
    def lets_in(self) -> bool:
        """Whether the letter is accepted all the same. Of several faults, the first of reset, hang, and answers counts."""
        if self.reset:
            return self.reset.when == "after_accepting"
        if self.hang:
            return self.hang.accept
        return not (self.refuse or self.redirect)


class Faults:
    """All faults that stand, by office and kind."""

    def __init__(self) -> None:
        self._standing: dict[str, dict[str, _Standing]] = {}

    def obey(self, command: Command) -> None:
        """Set or clear."""
        if command.fault is not None:
            self._standing.setdefault(command.office, {})[command.fault.kind] = _Standing(command.fault)
        elif command.office == ALL_OFFICES:
            self._standing.clear()
        else:
            self._standing.pop(command.office, None)

    def met_by_request(self, office: str) -> Met:
        """Draw, once per request, which faults it meets."""
        if not self._standing:
            return _NONE
        standing = self._standing.get(ALL_OFFICES, {}) | self._standing.get(office, {})
        return Met([one.fault for one in standing.values() if one.meets()])

    def describe(self) -> dict[str, list[dict[str, object]]]:
        """What stands now, and how many requests each fault has hit."""
        return {
            office: [{**one.fault.model_dump(exclude_none=True), "hits": one.hits} for one in kinds.values()]
            for office, kinds in self._standing.items()
        }


_NONE: Final = Met([])
