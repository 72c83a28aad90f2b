"""The local intake's HTTP side: messages, checks, the list of offices, and what it can be told to do instead of answering.

A message is checked, entered and answered, in that order; an id that was entered before is answered 409 and counted.
Faults are those of the local office (``office_faults``), set for each call by itself. It must never log a message, a part
of it or the key.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Collection
from typing import Final, Literal
from xml.sax.saxutils import escape

from aiohttp import web
from pydantic import ValidationError

from deploy.local.cwc_intake_check import Chamber, Checked, check
from deploy.local.office_book import Book, LetterTo
from deploy.local.office_desk import cut, drip, say
from deploy.local.office_faults import Command, Faults, Met

Call = Literal["message", "validate", "offices"]
CALLS: Final[tuple[Call, ...]] = ("message", "validate", "offices")
MOST_BYTES: Final = 512 << 10  # a document of 100,000 characters of four bytes each, and the rest
MAINTENANCE: Final = "<html><head><title>Maintenance</title></head><body>We are back at 6 in the morning.</body></html>"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class IntakeDesk:
    """One chamber's intake. ``offices`` take part; ``key`` is asked of every request."""

    def __init__(self, book: Book, chamber: Chamber, key: str, offices: Collection[str]) -> None:
        self._book, self._chamber, self._key = book, chamber, key.encode()
        self.offices = offices
        self.faults = {call: Faults() for call in CALLS}
        self.asked: dict[Call, int] = dict.fromkeys(CALLS, 0)
        self.maintenance = False
        self.offices_as: Literal["json", "xml"] = "json"

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[self._at_the_door])
        app.add_routes(
            [
                web.post("/v2/message", self.message),
                web.post("/v2/validate", self.validate),
                web.get("/v2/offices", self.list_offices),
                web.put("/control/{call}", self.control),
                web.get("/report", self.report),
                web.get("/letters", self.letters),
            ]
        )
        return app

    async def message(self, request: web.Request) -> web.StreamResponse:
        """One offer of a message, from reading it to the answer or to whatever stands for one."""
        raw, found, met = await self._read(request, "message")
        if met.reset and met.reset.when != "after_accepting":
            return cut(request)
        if met.slow:
            await asyncio.sleep(met.slow.seconds)
        if found.errors:
            self._book.turn_away("rules_broken")
            return _errors(400, *found.errors)
        letter = LetterTo(found.delivery_id, found.office)
        _, result = self._book.offer(letter, hashlib.sha256(raw).hexdigest(), accept=met.lets_in, forget=met.forget)
        if result == "duplicate":
            return await _instead(request, met, _errors(409, "Delivery/DeliveryId: seen before"))
        return await _instead(request, met, web.Response(status=201))

    async def validate(self, request: web.Request) -> web.StreamResponse:
        """Check a message, and keep nothing of it."""
        _, found, met = await self._read(request, "validate")
        if met.slow:
            await asyncio.sleep(met.slow.seconds)
        if not met.lets_in:
            return await _instead(request, met, web.Response())
        return _errors(400, *found.errors) if found.errors else web.Response(status=200)

    async def list_offices(self, request: web.Request) -> web.StreamResponse:
        """The offices that take part."""
        self.asked["offices"] += 1
        met = self.faults["offices"].met_by_request("*")
        if met.slow:
            await asyncio.sleep(met.slow.seconds)
        if not met.lets_in:
            return await _instead(request, met, web.Response())
        if self.offices_as == "json":
            return web.json_response(sorted(self.offices))
        listed = "".join(f"<Office>{office}</Office>" for office in sorted(self.offices))
        return web.Response(text=f"<Offices>{listed}</Offices>", content_type="application/xml")

    async def control(self, request: web.Request) -> web.Response:
        """Be told to misbehave at one call, or to stop it; ``maintenance`` closes all of them until it is cleared."""
        call = request.match_info["call"]
        if call == "maintenance":
            self.maintenance = (await request.text()).strip() == "on"
            return web.json_response({"maintenance": self.maintenance})
        faults = self.faults.get(call)  # type: ignore[call-overload] # a path is any text
        try:
            command = Command.model_validate_json(await request.read())
        except ValidationError:
            return web.json_response({"code": "command"}, status=422)
        if faults is None:
            return web.json_response({"code": "call_unknown"}, status=404)
        faults.obey(command)
        return web.json_response(faults.describe())

    async def report(self, _: web.Request) -> web.Response:
        """The books' totals, and how often each call was asked."""
        return web.json_response(self._book.report() | {"asked": self.asked})

    async def letters(self, _: web.Request) -> web.Response:
        """Every acceptance: DeliveryId, office, receipt."""
        found = [[letter.letter_id, letter.office, receipt] for letter, receipt in self._book.acceptances()]
        return web.json_response({"accepted": found})

    async def _read(self, request: web.Request, call: Call) -> tuple[bytes, Checked, Met]:
        self.asked[call] += 1
        raw = await request.read()
        found = check(raw, self._chamber)
        if not found.errors and found.office not in self.offices:
            found = Checked(found.delivery_id, found.office, ("Recipient/MemberOffice: the office is not active",))
        return raw, found, self.faults[call].met_by_request(found.office or "*")

    @web.middleware
    async def _at_the_door(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Maintenance, the key and the kind of content, before anything is read."""
        if request.path.startswith("/v2/"):
            if self.maintenance:
                return web.Response(
                    status=503, text=MAINTENANCE, content_type="text/html", headers={"Retry-After": "600"}
                )
            if not hmac.compare_digest(request.query.get("apikey", "").encode(), self._key):
                say("key_refused")
                return _errors(401, "The apikey is not valid.")
            if request.method == "POST" and request.content_type != "application/xml":
                return _errors(415, "The content must be application/xml.")
        return await handler(request)


async def _instead(request: web.Request, met: Met, answer: web.Response) -> web.StreamResponse:
    """What stands for the answer where a fault is met."""
    if met.hang and not met.reset:
        await asyncio.sleep(met.hang.seconds)
    if met.hang or met.reset:
        return cut(request)
    if met.refuse:
        headers = {} if met.refuse.retry_after is None else {"Retry-After": met.refuse.retry_after}
        return _errors(met.refuse.status, "Not now, or not at all.", headers=headers)
    if met.redirect:
        return web.Response(status=met.redirect.status, headers={"Location": met.redirect.location})
    return await drip(request, answer, met.drip.interval) if met.drip else answer


def _errors(status: int, *errors: str, headers: dict[str, str] | None = None) -> web.Response:
    listed = "".join(f"<Error>{escape(error)}</Error>" for error in errors)
    text = f'<?xml version="1.0" encoding="utf-8"?><Errors>{listed}</Errors>'
    return web.Response(status=status, text=text, content_type="application/xml", headers=headers)
