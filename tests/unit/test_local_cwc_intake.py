"""The local intake is as strict as the real one: key, kind of content, rules, offices, and an id once."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.local.cwc_intake import key_in
from tests.unit.cwc_documents import as_bytes, at, full
from tests.unit.cwc_far_side import KEY, Intake, intake, run

XML = {"Content-Type": "application/xml"}


async def ask(there: Intake, path: str, body: bytes | None = None, key: str | None = KEY, **headers: str) -> Any:
    """Status, text and headers of an answer."""
    query = {} if key is None else {"apikey": key}
    kind = {name.replace("_", "-"): value for name, value in headers.items()} or XML
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            "GET" if body is None else "POST", f"{there.url}{path}", params=query, data=body, headers=kind
        ) as answer,
    ):
        return answer.status, await answer.text(), answer.headers


def message(**changes: str) -> bytes:
    root = full("house")
    for path, text in changes.items():
        at(root, path.replace("__", "/")).text = text
    return as_bytes(root)


@pytest.mark.parametrize("path", ["/v2/message", "/v2/validate"])
def test_a_message_is_held_to_key_content_and_rules(tmp_path: Path, path: str) -> None:
    async def work() -> None:
        async with intake(tmp_path) as there:
            for key in (None, "", "another", KEY + "x"):
                status, text, _ = await ask(there, path, message(), key)
                assert (status, text.count("<Error>")) == (401, 1)
            for kind in ("application/json", "text/xml", "text/plain"):
                assert (await ask(there, path, message(), Content_Type=kind))[0] == 415
            for bad, named in (
                (message(Constituent__Zip="canary"), "Constituent/Zip"),
                (message(Recipient__MemberOffice="HTX38"), "Recipient/MemberOffice"),
                (message(Recipient__MemberOffice="SNY03"), "Recipient/MemberOffice"),
                (b"{}", "CWC"),
            ):
                status, text, _ = await ask(there, path, bad)
                assert (status, f"<Error>{named}" in text, "canary" in text) == (400, True, False)
            assert there.count("accepted") == 0
            assert (await ask(there, path, message(), Content_Type="application/xml; charset=utf-8"))[0] in (200, 201)
            assert there.count("accepted") == (path == "/v2/message")

    run(work())


def test_an_id_is_taken_once_and_every_offer_of_it_counted(tmp_path: Path) -> None:
    async def work() -> None:
        async with intake(tmp_path) as there:
            assert [(await ask(there, "/v2/message", message()))[0] for _ in range(3)] == [201, 409, 409]
            other = message(Constituent__FirstName="Somebody else")
            assert (await ask(there, "/v2/message", other))[0] == 409
            assert (await ask(there, "/v2/validate", other))[0] == 200
            report = json.loads((await ask(there, "/report"))[1])
            assert (report["accepted"], report["duplicates_offered"], report["accepted_twice"]) == (1, 3, 0)
            assert report["changed_body"] == 1
            assert report["asked"] == {"message": 4, "validate": 1, "offices": 0}
        async with intake(tmp_path) as there:  # the same books after a restart
            assert (await ask(there, "/v2/message", message()))[0] == 409

    run(work())


def test_in_maintenance_all_calls_are_closed_and_people_get_a_page(tmp_path: Path) -> None:
    async def work() -> None:
        async with intake(tmp_path) as there:
            async with aiohttp.ClientSession() as session:
                (await session.put(f"{there.url}/control/maintenance", data="on")).close()
                (await session.put(f"{there.url}/control/nonsense", data='{"office": "*"}')).close()
            for path, body in (("/v2/message", message()), ("/v2/validate", message()), ("/v2/offices", None)):
                status, text, headers = await ask(there, path, body)
                assert (status, headers["Retry-After"], "<html>" in text) == (503, "600", True)
            assert there.count("accepted") == 0

    run(work())


def test_the_books_hold_nothing_of_a_message_but_its_id_and_office(tmp_path: Path) -> None:
    async def work() -> None:
        async with intake(tmp_path) as there:
            await ask(
                there, "/v2/message", message(Constituent__LastName="Canary", Message__ConstituentMessage="canary died")
            )

    run(work())
    books = "".join(path.read_text("utf-8") for path in (tmp_path / "books").iterdir())
    assert '"HNY13"' in books
    assert "canary" not in books.lower()


def test_a_key_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "key"
    made = key_in(file)
    assert (len(made), key_in(file), file.read_text().strip()) == (32, made, made)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
