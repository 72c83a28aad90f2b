"""Signs what is posted, as Standard Webhooks has it: HMAC-SHA256 over the id, the time and the bytes of the body.

While a secret is changed two are live, and each letter carries a signature by each, so that the receiver can change over when
it likes. Source: the specification at standardwebhooks.com, scheme ``v1``. A secret gets into no text and no error.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable

_PREFIX = "whsec_"


def decode_secret(text: str) -> bytes:
    """The key in a secret of the form ``whsec_`` and base64. Raises ValueError, without a word of the secret."""
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("is not whsec_ and then 24 to 64 random bytes in base64")
    return key


class Signer:
    """Signs by each of ``keys``; without any it signs nothing. The keys' own part is hashed once: copies cost less."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._begun = tuple(hmac.new(key, digestmod="sha256") for key in keys)

    def __bool__(self) -> bool:
        return bool(self._begun)

    def sign(self, letter_id: str, timestamp: str, body: bytes) -> str:
        """The header ``webhook-signature``: a signature by each key, with spaces between. ``timestamp``: seconds, as text."""
        head, signatures = f"{letter_id}.{timestamp}.".encode(), []
        for begun in self._begun:
            signed = begun.copy()
            signed.update(head)
            signed.update(body)
            signatures.append("v1," + base64.b64encode(signed.digest()).decode())
        return " ".join(signatures)
