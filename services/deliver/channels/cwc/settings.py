"""Settings of the channels of congressional intake, which ``DeliverSettings`` takes over: where each chamber listens.

No host has a default, because both chambers give theirs to registered senders only. Test and production are apart from the
first line on: a production address is used in the mode ``production`` alone, and a host cannot be both. Who sends is told by
render's settings of the form (``POSTBAG_CWC_AGENT`` and its like), and not here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationInfo

from services.deliver.attempt_settings import AttemptSettings
from services.deliver.secret_files import SecretFile
from services.pipeline.this_machine import is_this_machine

Chamber = Literal["house", "senate"]
Mode = Literal["test", "production"]
Call = Literal["message", "validate", "offices"]

_BASE: Final = re.compile(r"(https?)://([a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?")
"""So narrow that no two readers of URLs can differ on the host: no user, no query, no escapes, no capitals."""

PATHS: Final[dict[Call, str]] = {"message": "/v2/message", "validate": "/v2/validate", "offices": "/v2/offices"}
"""The House's, as three public senders use them."""


def host_of(url: str) -> str:
    """The host of a base address, without its port."""
    return urlsplit(url).hostname or ""


def _base(url: str) -> str:
    found = _BASE.fullmatch(url)
    if url and not found:
        raise ValueError("is not like https://host.example/path: lower case, without user, query or escapes")
    if found and found[1] == "http" and not is_this_machine(found[2]):
        raise ValueError("must be https: the key is part of every request")
    return url


def _no_test_host(url: str, info: ValidationInfo) -> str:
    tests = {host_of(info.data.get(name, "")) for name in ("cwc_house_test_url", "cwc_senate_test_url")}
    if url and host_of(url) in tests:
        raise ValueError("names the host of a test address, and a host cannot be both")
    return url


def _every_call(paths: dict[str, Any]) -> dict[str, Any]:
    if not paths.get("message", "/"):
        raise ValueError("has no path for message: without it there is nowhere to send to")
    message, validate = (str(paths.get(call, PATHS[call])) for call in ("message", "validate"))
    if validate and message.rstrip("/") == validate.rstrip("/"):
        raise ValueError("has one path for message and validate: a letter that is only checked would count as sent")
    return paths


_Test = Annotated[str, AfterValidator(_base)]
_Production = Annotated[str, AfterValidator(_base), AfterValidator(_no_test_host)]
_Path = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9._~-]+)*/?$", max_length=200)]
_Paths = Annotated[dict[Call, _Path], AfterValidator(_every_call)]


class CwcSettings(AttemptSettings):
    """How letters reach congressional intake."""

    cwc_mode: Annotated[
        Mode,
        Field(description="`test` sends to the chambers' test addresses, `production` to members' offices. A letter that the "
              "test address took counts as accepted, and is not sent again."),
    ] = "test"  # fmt: skip
    cwc_house_test_url: Annotated[
        _Test, Field(description="Test address of the House's intake, as the House gave it to you, without `/v2`.")
    ] = ""
    cwc_senate_test_url: Annotated[
        _Test, Field(description="Test address of the Senate's intake, as the Senate gave it to you.")
    ] = ""
    cwc_house_production_url: Annotated[
        _Production,
        Field(description="Address of the House's intake, used in the mode `production` only; not on a host of a test "
              "address."),
    ] = ""  # fmt: skip
    cwc_senate_production_url: Annotated[
        _Production,
        Field(description="Address of the Senate's intake, used in the mode `production` only; not on a host of a test "
              "address."),
    ] = ""  # fmt: skip
    cwc_house_paths: Annotated[
        _Paths,
        Field(description="Paths of the House's calls behind its address, as JSON by `message`, `validate` and `offices`; an "
              "empty one means that there is no such call. What is not named is `/v2/` and its name."),
    ] = {}  # fmt: skip # noqa: RUF012 - pydantic copies it
    cwc_senate_paths: Annotated[_Paths, Field(description="The same for the Senate.")] = {}  # noqa: RUF012 - ditto
    cwc_house_key: Annotated[
        SecretStr, Field(description="Your key for the House's intake, of the mode that is set.")
    ] = SecretStr("")
    cwc_house_key_file: Annotated[
        SecretFile, Field(description="File with that key, instead of POSTBAG_CWC_HOUSE_KEY.")
    ] = None
    cwc_senate_key: Annotated[
        SecretStr, Field(description="Your key for the Senate's intake, of the mode that is set.")
    ] = SecretStr("")
    cwc_senate_key_file: Annotated[
        SecretFile, Field(description="File with that key, instead of POSTBAG_CWC_SENATE_KEY.")
    ] = None
    cwc_house_idempotent: Annotated[
        bool,
        Field(description="Whether the House takes a DeliveryId only once, so that a letter with an unknown outcome may be "
              "sent again. Nothing public says so: without, such a letter ends in doubt."),
    ] = False  # fmt: skip
    cwc_senate_idempotent: Annotated[
        bool, Field(description="The same for the Senate, whose intake answers 409 to a DeliveryId that it has seen.")
    ] = True
    cwc_ack_patterns: Annotated[
        Path | None,
        Field(description="YAML file with further senders and words by which offices' mails about a letter are told "
              "(docs/cwc.md)."),
    ] = None  # fmt: skip
    cwc_offices_hours: Annotated[
        float,
        Field(description="How old the list of the offices that take part may become before it is asked for again. If that "
              "fails, the last good copy stays in use.", gt=0, le=720),
    ] = 12.0  # fmt: skip
