"""The connections to the relay: a few, kept open, used again, and never trusted to be still there.

A relay may hang up on a connection that lies idle, or stop listening without a word. What begins on a used connection and
fails before a letter is named has told the relay nothing, so it begins once more on a new one, within the same attempt. One
deadline holds for all of it, for the wait for a place among the connections, too.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Final

from services.deliver.channels.smtp.session import Failed, Replied, Session

if TYPE_CHECKING:
    from services.deliver.channels.smtp.session import Envelope, Relay

_IDLE_SECONDS: Final = 30.0
"""Relays wait for minutes (RFC 5321, 4.5.3.2.7 asks for five), firewalls in between for less."""

_MOST_LETTERS: Final = 100
"""Letters on one connection; many relays end one that carries more, and a new one finds another of several relays."""

_LEAVING: Final = 421
_GOODBYE_SECONDS: Final = 1.0


class Pool:
    """At most ``size`` connections to ``relay``; ``seconds`` is the deadline of one ``send``."""

    def __init__(self, relay: Relay, size: int, seconds: float) -> None:
        self._relay, self._seconds = relay, seconds
        self._places = asyncio.Semaphore(size)
        self._idle: list[Session] = []

    async def send(self, envelope: Envelope, message: bytes) -> str | None:
        """Send one message and return the relay's receipt, if it gave one. Raises ``Replied`` or ``Failed``."""
        session: Session | None = None
        try:
            async with asyncio.timeout(self._seconds), self._places:
                session = self._take()
                if session is None or not await self._begins(session, envelope, len(message)):
                    session = Session(self._relay)
                    await session.open()
                    await session.begin(envelope, len(message))
                return await session.finish(envelope, message)
        except TimeoutError:
            raise Failed(session.verb if session else "connect", "timed_out") from None
        finally:
            if session is not None:
                self._give(session)

    async def close(self) -> None:
        """Leave all connections, politely for a moment."""
        leaving = [asyncio.create_task(session.leave()) for session in self._idle]
        if leaving:
            await asyncio.wait(leaving, timeout=_GOODBYE_SECONDS)
        for session in self._idle:
            session.drop()
        self._idle.clear()

    async def _begins(self, session: Session, envelope: Envelope, size: int) -> bool:
        """Whether a used connection still takes a letter. Raises ``Replied`` or ``Failed`` where a new one would, too."""
        try:
            async with asyncio.timeout(self._seconds / 3):  # the rest is for a new one
                await session.begin(envelope, size)
        except Replied as replied:
            if replied.code != _LEAVING:
                raise
        except Failed as failed:
            if failed.kind == "not_offered":
                raise
        except TimeoutError:
            pass
        else:
            return True
        session.drop()
        return False

    def _take(self) -> Session | None:
        """The connection that was used last, so that those that are not needed grow old."""
        now = monotonic()
        while self._idle:
            session = self._idle.pop()
            if session.alive and now - session.idle_since < _IDLE_SECONDS:
                return session
            session.drop()
        return None

    def _give(self, session: Session) -> None:
        if session.usable and session.alive and session.letters < _MOST_LETTERS:
            session.idle_since = monotonic()
            self._idle.append(session)
        else:
            session.drop()
