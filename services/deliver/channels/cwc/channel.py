"""The channels ``cwc-house`` and ``cwc-senate``: a letter's CWC document, posted to its chamber's intake.

The document was made in render and is sent as it is. The chamber is the judge: it checks a text that is new before the first
letter of it is sent, and an office that does not take part is left to the target's next channel. The key is in the address of
every request, so nothing of a request is ever told but its letter's id.
"""

from __future__ import annotations

import logging
from asyncio import get_running_loop, timeout
from typing import TYPE_CHECKING, Final, Self

from services.deliver.answers import Answer
from services.deliver.channel import Unfit
from services.deliver.channels.cwc.intake import Intake, address_of
from services.deliver.channels.cwc.offices import OFFICE, ActiveOffices
from services.deliver.channels.cwc.refusals import INACTIVE, NOT_VALIDATED, of_message
from services.deliver.channels.cwc.validation import Validation

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.channels.cwc.settings import Chamber, CwcSettings

log = logging.getLogger(__name__)

NOT_THIS_CHAMBER: Final = "not_this_chamber"
NO_FORM: Final = "no_cwc_form"
OF_ANOTHER: Final = "cwc_of_another_letter"


class Cwc:
    """One chamber's channel. See ``channel.Channel`` for the duties; ``to`` means nothing here, the office says it all."""

    def __init__(
        self, intake: Intake, offices: ActiveOffices, chamber: Chamber, attempt_seconds: float, *, idempotent: bool
    ) -> None:
        self.name, self.idempotent = f"cwc-{chamber}", idempotent
        self._intake, self._offices, self._seconds = intake, offices, attempt_seconds
        self._office, self._validation = OFFICE[chamber], Validation(intake)

    @classmethod
    def opened(cls, settings: CwcSettings, chamber: Chamber) -> Self:
        """As the settings have it. Raises ``SettingsRefused`` naming what is not set."""
        address = address_of(settings, chamber)
        copy = settings.state_dir / f"cwc-{chamber}-{address.mode}-offices.json"
        idempotent: bool = getattr(settings, f"cwc_{chamber}_idempotent")
        level = logging.INFO if address.mode == "production" else logging.WARNING
        log.log(level, "cwc_opened", extra={"chamber": chamber, "mode": address.mode})
        return cls(
            Intake(address),
            ActiveOffices(copy, chamber, settings.cwc_offices_hours),
            chamber,
            settings.attempt_seconds,
            idempotent=idempotent,
        )

    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        """The letter's document, or why it has none for this chamber."""
        if not self._office.fullmatch(letter.office):
            return Unfit(NOT_THIS_CHAMBER)
        if letter.cwc is None:
            return Unfit(next((unfit.reason for unfit in letter.unfit if unfit.form == "cwc"), NO_FORM))
        identity = f"<DeliveryId>{letter.letter_id.replace('-', '')}</DeliveryId>"
        if identity not in letter.cwc or f"<MemberOffice>{letter.office}</MemberOffice>" not in letter.cwc:
            return Unfit(OF_ANOTHER)  # what a person typed cannot look like these: it has no tags
        if not self._offices.takes_part(letter.office):
            return Unfit(INACTIVE)
        return letter.cwc.encode()

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Send it once; a text that is new is checked first, in at most half of the time."""
        self._offices.keep_fresh(self._intake)
        clock = get_running_loop().time
        until = clock() + self._seconds
        if self._intake.has("validate"):
            try:
                async with timeout(self._seconds / 2):
                    answer = await self._validation.of(letter, body, self._seconds / 2)
            except TimeoutError:
                answer = NOT_VALIDATED
            if answer:
                return answer
        said = await self._intake.ask("message", body, until - clock())
        return said if isinstance(said, Answer) else of_message(said)

    async def flush(self) -> None:
        """An answered request needs no flush."""

    async def close(self) -> None:
        """Close the connections; what is asked for in the background is given up."""
        await self._offices.stop()
        await self._intake.close()
