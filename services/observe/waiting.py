"""What waits for people: dead letters that nobody has settled, submissions that are held, and how many came in.

A settlement can be read before the dead letter that it is about, since the topics are read one after another; whichever
comes second finds the other. What retention has deleted from the topics is forgotten here as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from services.observe.events import ACCEPTED_ONE, Hold, Parked
from services.observe.seen import SUBMISSIONS_AT

if TYPE_CHECKING:
    from schemas.settlement import Settlement
    from services.observe.letters import Letters
    from services.observe.notebook import Key, Notebook

ACCEPTED_AT, REJECTED_AT, HELD_AT, DEAD_AT = range(len(SUBMISSIONS_AT))
_OPEN, _REPLAYED, _DISCARDED = range(3)
_ACTIONS: Final = {"replayed": _REPLAYED, "discarded": _DISCARDED}


class Waiting:
    """Counts what waits; every call is inside of a ``Notebook.page``. Of ``letters`` it moves those that died."""

    def __init__(self, notebook: Notebook, letters: Letters) -> None:
        self._notebook, self._letters = notebook, letters

    def came(self, where: int, count: int) -> None:
        """So many submissions more were accepted or rejected."""
        self._notebook.add(("submissions", where, 0), count)

    def held(self, found: Sequence[Hold]) -> None:
        """Submissions are held, or no longer; a new hold takes the place of the one before."""
        db = self._notebook.db
        for one in found:
            row = db.execute("SELECT reason FROM held WHERE submission = ?", (one.submission,)).fetchone()
            if row is not None:
                self._count_held(row[0], -1)
                db.execute("DELETE FROM held WHERE submission = ?", (one.submission,))
            if one.reason is not None:
                reason = self._notebook.number(one.reason)
                self._count_held(reason, 1)
                db.execute("INSERT INTO held VALUES (?, ?, ?)", (one.submission, reason, one.at))

    def parked(self, found: Sequence[Parked]) -> None:
        """Records lie in ``dead``."""
        died = []
        for one in found:
            ask = "SELECT settled FROM parked WHERE partition = ? AND offset = ?"
            row = self._notebook.db.execute(ask, (one.partition, one.offset)).fetchone()
            settled = row[0] if row else _OPEN
            stage, reason = self._notebook.number(one.stage), self._notebook.number(one.reason)
            if settled == _OPEN:
                self._notebook.add(("dead", stage, reason), 1)
            if settled != _REPLAYED:
                self._notebook.add(("submissions", DEAD_AT, 0), int(one.source > 0))
                died += [(*one.ids, 1, one.at)] if one.ids else []
            self._notebook.db.execute(
                "INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    one.partition,
                    one.offset,
                    one.at,
                    stage,
                    reason,
                    one.source,
                    *(one.ids or (None, None)),
                    settled,
                ),
            )
        self._letters.parked(died)

    def settled(self, found: Sequence[Settlement]) -> None:
        """Operators put dead letters back, or discarded them; what is discarded stays dead and waits for nobody."""
        back = []
        for one in found:
            place, action = (one.partition, one.offset), _ACTIONS[one.action]
            ask = (
                "SELECT stage, reason, source, letter, submission, settled, at FROM parked"
                " WHERE partition = ? AND offset = ?"
            )
            row = self._notebook.db.execute(ask, place).fetchone()
            if row is None:
                insert = "INSERT INTO parked (partition, offset, at, settled) VALUES (?, ?, ?, ?)"
                self._notebook.db.execute(insert, (*place, int(one.at.timestamp()), action))
                continue
            stage, reason, source, letter, submission, before, at = row
            if before != _OPEN or stage is None:
                continue
            self._notebook.db.execute(
                "UPDATE parked SET settled = ? WHERE partition = ? AND offset = ?", (action, *place)
            )
            self._notebook.add(("dead", stage, reason), -1)
            if action == _REPLAYED:
                self._notebook.add(("submissions", DEAD_AT, 0), -int(source > 0))
                self.came(ACCEPTED_AT, -int(source == ACCEPTED_ONE))  # it lies there twice now
                back += [(letter, submission, -1, at)] if letter else []
        self._letters.parked(back)

    def forget(self, long_dead: float, long_held: float) -> None:
        """Leave out what retention has deleted: what came before then (seconds since the epoch)."""
        db = self._notebook.db
        gone = "SELECT stage, reason, sum(settled = 0), sum(source > 0 AND settled != 1) FROM parked WHERE at < ?"
        for stage, reason, unsettled, submissions in db.execute(f"{gone} GROUP BY 1, 2", (long_dead,)).fetchall():
            if stage is not None:
                self._notebook.add(("dead", stage, reason), -unsettled)
                self._notebook.add(("submissions", DEAD_AT, 0), -submissions)
        db.execute("DELETE FROM parked WHERE at < ?", (long_dead,))
        for reason, count in db.execute(
            "SELECT reason, count(*) FROM held WHERE at < ? GROUP BY 1", (long_held,)
        ).fetchall():
            self._count_held(reason, -count)
        db.execute("DELETE FROM held WHERE at < ?", (long_held,))

    def _count_held(self, reason: int, count: int) -> None:
        key: Key = ("held", reason, 0)
        self._notebook.add(key, count)
        self._notebook.add(("submissions", HELD_AT, 0), count)
