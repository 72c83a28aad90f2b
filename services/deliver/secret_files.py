"""Secrets that stand in a variable or in a file beside it, for every channel alike.

A secret has one place: where both are set, one of them is old, and which one is not for a program to guess. So both together
are refused by name, whichever channel it is. What a file holds gets into no text and no error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, SecretStr, ValidationInfo

_MOST_BYTES: Final = 4096
"""Longer than any password, key or token; somebody has named another file."""


def _alone(path: Path | None, info: ValidationInfo) -> Path | None:
    secret = str(info.field_name).removesuffix("_file")
    beside: SecretStr = info.data.get(secret, SecretStr(""))
    if path is not None and beside.get_secret_value():
        raise ValueError(f"is set beside POSTBAG_{secret.upper()}, and a secret has one place: unset one of the two")
    return path


SecretFile = Annotated[Path | None, AfterValidator(_alone)]
"""The file of the setting whose name this one has without ``_file``, and which stands before it in the class."""


def read_secret(path: Path) -> str:
    """The text of a secret's file, without the line end behind it. Raises ValueError, without a word of the text."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    try:
        text = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    if not text or len(raw) > _MOST_BYTES:
        raise ValueError("is too long for a secret" if text else "is empty")
    return text
