"""The local office's HTTP side: what is answered to a letter, to a command, and to whoever asks for the books.

A letter is checked, entered and answered, in that order, and faults come in where a real office would show them: before
reading, before entering, or between entering and the answer. It must never log a letter nor any part of it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from deploy.local.office_book import Book, Result
from deploy.local.office_check import MalformedError, check
from deploy.local.office_faults import Command, Faults, Met

MOST_BYTES: Final = 256 << 10  # a body of 10,000 characters, each written as a JSON escape pair, and the rest

_RESET: Final = struct.pack("ii", 1, 0)  # linger for no time: close() sends RST instead of FIN

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk:
    """Where letters are handed in. Whatever it is waiting for when the office stops is cut off."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._faults = Faults()

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[_codes])
        app.add_routes(
            [
                web.post("/offices/{office}/letters", self.take_letter),
                web.put("/control", self.control),
                web.get("/control", self.show_control),
                web.get("/report", self.report),
                web.get("/letters", self.letters),
                web.get("/letters/{letter_id}", self.letter),
                web.get("/healthz", self.healthz),
            ]
        )
        return app

    async def take_letter(self, request: web.Request) -> web.StreamResponse:
        """One offer of a letter, from reading it to the answer or to whatever stands for one."""
        office = request.match_info["office"]
        met = self._faults.met_by_request(office)
        if met.reset and met.reset.when in ("before_reading", "while_reading"):
            if met.reset.when == "while_reading":
                await request.content.readexactly((request.content_length or 0) // 2)
            return cut(request)
        try:
            offered = check(office, request.headers, await _read(request))
        except MalformedError as wrong:
            self._book.turn_away(wrong.code)
            say("malformed", code=wrong.code, fields=wrong.fields)
            return web.json_response({"code": wrong.code, "fields": wrong.fields}, status=wrong.status)
        if met.slow:
            await asyncio.sleep(met.slow.seconds)
        receipt, result = self._book.offer(offered.letter, offered.sha256, accept=met.lets_in, forget=met.forget)
        if met.hang and not met.reset:
            await asyncio.sleep(met.hang.seconds)
        if met.hang or met.reset:
            return cut(request)
        if not met.lets_in:
            return _refusal(met)
        answer = _answer(receipt, result)
        return await drip(request, answer, met.drip.interval) if met.drip else answer

    async def control(self, request: web.Request) -> web.Response:
        """Be told to misbehave, or to stop it."""
        try:
            command = Command.model_validate_json(await request.read())
        except ValidationError as error:
            return web.json_response(
                {"code": "command", "errors": error.errors(include_url=False, include_context=False)}, status=422
            )
        self._faults.obey(command)
        say("told", office=command.office, fault=command.fault and command.fault.model_dump(exclude_none=True))
        return web.json_response(self._faults.describe())

    async def show_control(self, _: web.Request) -> web.Response:
        """The faults that stand, with their hits."""
        return web.json_response(self._faults.describe())

    async def report(self, _: web.Request) -> web.Response:
        """The books' totals."""
        return web.json_response(self._book.report())

    async def letters(self, _: web.Request) -> web.Response:
        """Every acceptance: letter id, office, receipt."""
        found = [[letter.letter_id, letter.office, receipt] for letter, receipt in self._book.acceptances()]
        return web.json_response({"accepted": found})

    async def letter(self, request: web.Request) -> web.Response:
        """All offers of one letter, by office."""
        found = self._book.of_letter(request.match_info["letter_id"])
        if not found:
            return web.json_response({"code": "letter_unknown"}, status=404)
        offices = {
            office: {
                "offers": record.offers,
                "receipts": record.receipts,
                "sha256": record.sha256,
                "changed_body": record.changed_body,
            }
            for office, record in found.items()
        }
        return web.json_response({"letter_id": request.match_info["letter_id"], "offices": offices})

    async def healthz(self, _: web.Request) -> web.Response:
        """It listens."""
        return web.json_response({"ok": True})


async def drip(request: web.Request, answer: web.Response, interval: float) -> web.Response:
    """The whole answer byte by byte, past aiohttp: it would send the head at once."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    head = f"HTTP/1.1 {answer.status} Slow\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    for byte in head.encode() + body:
        if request.transport is None:
            break  # the sender left
        request.transport.write(bytes([byte]))
        await asyncio.sleep(interval)
    if request.transport:
        request.transport.close()
    return web.Response()  # for aiohttp alone: the connection is closing


def _answer(receipt: str, result: Result) -> web.Response:
    if result == "duplicate":
        return web.json_response({"receipt": receipt}, headers={"Postbag-Office": "duplicate"})
    return web.json_response({"receipt": receipt}, status=201)


def _refusal(met: Met) -> web.Response:
    if met.refuse:
        asked = met.refuse.retry_after
        headers = {} if asked is None else {"Retry-After": asked}
        return web.json_response({"code": "refused"}, status=met.refuse.status, headers=headers)
    if met.redirect:
        return web.Response(status=met.redirect.status, headers={"Location": met.redirect.location})
    raise AssertionError("a letter was kept out by nothing")


def cut(request: web.Request) -> web.Response:
    """Cut the connection with a reset, as a crashed host or a firewall does. The response is for aiohttp alone."""
    if request.transport:
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise MalformedError(413, "too_large") from None


@web.middleware
async def _codes(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Every answer has a code, and a mistake of ours shows where it happened but not what it happened to."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"code": error.reason.lower().replace(" ", "_")}, status=error.status)
    except ConnectionError:
        raise  # the sender left
    except Exception as error:  # noqa: BLE001 - nothing else stands between a bug here and a silent 500
        frame = traceback.extract_tb(error.__traceback__)[-1]
        say("failed", error=type(error).__name__, at=f"{Path(frame.filename).name}:{frame.lineno}")
        return web.json_response({"code": "internal"}, status=500)


def say(event: str, **fields: object) -> None:
    """One JSON line on standard output."""
    print(json.dumps({"event": event, **fields}), flush=True)
