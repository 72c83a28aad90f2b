"""Signs mails (DKIM, RFC 6376), where the operator has a key, so that offices can tell them from what others forge.

A signature has the time in it, so it is made for each attempt and is no part of a letter's body. The library is optional
(the extra ``dkim``): nothing here may import it before a key is given. Only RSA, which every verifier knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.pipeline.errors import SettingsRefused

if TYPE_CHECKING:
    from services.deliver.channels.smtp.addresses import Mailbox
    from services.deliver.channels.smtp.settings import SmtpSettings

_FOLDING: Final = (b"relaxed", b"relaxed")
"""Relays may fold headers anew and trim spaces at the ends of lines without breaking the signature (RFC 6376, 3.4)."""


class Signer:
    """Puts a signature before a message. The library reads the key each time; that is a fraction of signing."""

    def __init__(self, library: Any, key: bytes, domain: str, selector: str, headers: tuple[bytes, ...]) -> None:
        self._library, self._key, self._headers = library, key, headers
        self._domain, self._selector = domain.encode(), selector.encode()

    def signed(self, message: bytes) -> bytes:
        """``message`` with its signature. Only the headers that it has are signed, each so that no second can be added.

        A verifier takes the lowest of several and mail programs show the highest, so a header that is named once in the
        signature can be shown as anybody likes (RFC 6376, 8.15): it is named once more than it is there.
        """
        engine = self._library.DKIM(message)
        there = {name.lower() for name, _ in engine.headers}
        wanted = [name for name in self._headers if name in there]
        signature: bytes = engine.sign(
            self._selector, self._domain, self._key, canonicalize=_FOLDING, include_headers=[*wanted, *wanted]
        )
        return signature + message


def open_signer(settings: SmtpSettings, sender: Mailbox) -> Signer | None:
    """The signer of the settings; None without a key. Raises ``SettingsRefused``: no library, no selector, no good key."""
    path = settings.smtp_dkim_key_file
    if path is None:
        return None
    if not settings.smtp_dkim_selector:
        raise SettingsRefused("POSTBAG_SMTP_DKIM_SELECTOR: name the selector under which the DNS has the public key")
    try:
        import dkim  # type: ignore[import-untyped]  # noqa: PLC0415 - the extra is optional: only a key needs it
    except ImportError:
        raise SettingsRefused(
            "POSTBAG_SMTP_DKIM_KEY_FILE: signing needs the extra `dkim`: pip install 'postbag[dkim]'"
        ) from None
    try:
        key = path.read_bytes()
    except OSError as error:
        raise SettingsRefused(f"POSTBAG_SMTP_DKIM_KEY_FILE: {path} cannot be read: {error.strerror}") from None
    names = dict.fromkeys(("from", *settings.smtp_dkim_headers.lower().split(",")))
    signer = Signer(
        dkim,
        key,
        settings.smtp_dkim_domain or sender.domain,
        settings.smtp_dkim_selector,
        tuple(name.encode() for name in names),
    )
    try:
        signer.signed(b"From: <a@a.example>\r\n\r\n\r\n")
    except Exception:  # noqa: BLE001 - the library's failures on a bad key have no common base; none of them may be shown
        raise SettingsRefused(f"POSTBAG_SMTP_DKIM_KEY_FILE: {path} is no RSA key in PEM, without a password") from None
    return signer
