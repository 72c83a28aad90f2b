"""Far sides of congressional intake: the local intake, strict by the rules of the format, for each chamber."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from aiohttp import web

from deploy.local.cwc_intake_desk import IntakeDesk
from deploy.local.office_book import Book
from schemas.letter import Letter
from services.deliver.channel import Channel
from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.cwc.settings import CwcSettings
from services.pipeline.settings import load
from tests.conformance.channel_peers_http import HttpPeer
from tests.unit import cwc_documents, made

_KEY: Final = "0123456789abcdef"


class _Intake(HttpPeer):
    path = "/v2/message"
    chamber: ClassVar[Literal["house", "senate"]]

    def app(self, book: Book) -> web.Application:
        return IntakeDesk(book, self.chamber, _KEY, {cwc_documents.OFFICES[self.chamber]}).app()

    def open_at(self, port: int, seconds: float) -> Channel:
        mine: dict[str, Any] = {"test_url": f"http://127.0.0.1:{port}", "key": _KEY, "idempotent": True}
        given = {f"cwc_{self.chamber}_{name}": value for name, value in mine.items()}
        return Cwc.opened(load(CwcSettings, state_dir=self.folder, attempt_seconds=seconds, **given), self.chamber)

    def letter(self, number: int = 1) -> Letter:
        facts = cwc_documents.letter(self.chamber, letter_id=made.identity(number))
        return made.letter(number, office=facts.office, cwc=cwc_documents.form().make(facts))

    def unfit(self) -> Letter:
        return made.letter(office=cwc_documents.OFFICES[self.chamber])

    def identity(self, told: str) -> str:
        return str(UUID(hex=told))


class HousePeer(_Intake):
    name = "cwc-house"
    chamber = "house"


class SenatePeer(_Intake):
    name = "cwc-senate"
    chamber = "senate"
