"""Has the intake check a letter of each new text before the first one is sent: a mistake in a campaign costs one letter.

Once a letter of a campaign's version has passed, the others of that version go straight on. While one is being checked the
others wait for it, as long as their own time allows; if the check cannot be had, nothing is sent and all of them are tried
later. A letter that does not pass is refused alone, because the fault may be its own: the next one is checked in its turn.
"""

from __future__ import annotations

import logging
from asyncio import Future, get_running_loop, shield
from typing import TYPE_CHECKING

from services.deliver.channels.cwc.intake import Said
from services.deliver.channels.cwc.refusals import NOT_VALID, NOT_VALIDATED, fault_in, of_validation, was_seen

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.answers import Answer
    from services.deliver.channels.cwc.intake import Intake

log = logging.getLogger(__name__)

_Text = tuple[str, int, str | None]


class Validation:
    """What has passed in this process, for one chamber."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._passed: set[_Text] = set()
        self._under_way: dict[_Text, Future[Answer | None]] = {}

    async def of(self, letter: Letter, body: bytes, seconds: float) -> Answer | None:
        """None: it may be sent. Otherwise why it is not, this time or ever."""
        text = (letter.campaign, letter.campaign_version, letter.version)
        while text not in self._passed:
            others = self._under_way.get(text)
            if others is None:
                return await self._check(text, letter, body, seconds)
            answer = await shield(others)  # whoever gives up waiting must not give up for the rest
            if answer and answer.reason != NOT_VALID.reason:
                return answer
        return None

    async def _check(self, text: _Text, letter: Letter, body: bytes, seconds: float) -> Answer | None:
        answer: Answer | None = NOT_VALIDATED
        under_way = self._under_way[text] = get_running_loop().create_future()
        try:
            said = await self._intake.ask("validate", body, seconds)
            answer = of_validation(said)
            if answer is None and isinstance(said, Said) and not was_seen(said):
                self._passed.add(text)
            if answer and answer.reason == NOT_VALID.reason and isinstance(said, Said):
                extra = {"campaign": letter.campaign, "version": letter.campaign_version, "fault": fault_in(said.body)}
                log.warning("cwc_not_valid", extra=extra | {"letter_id": letter.letter_id})
            return answer
        finally:
            del self._under_way[text]
            under_way.set_result(answer)
