"""Settings of the channel ``smtp``, which ``DeliverSettings`` takes over: the relay, who sends, and how mail is signed.

Nothing here has a default that could send: without a relay and a sender's address the channel is refused when it is opened,
and so is a password or a letter in clear text over a network, unless the operator says that it may be.
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from services.deliver.attempt_settings import AttemptSettings
from services.deliver.channels.smtp.addresses import mailbox
from services.deliver.channels.smtp.verp import return_path
from services.deliver.secret_files import SecretFile

_ANY_LETTER = "00000000-0000-5000-8000-000000000000"  # all are of one length

_DOMAIN = r"^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*)?$"


def _host(value: str) -> str:
    if ":" in value:
        try:
            IPv6Address(value)
        except AddressValueError:
            raise ValueError("is no host; a port stands in POSTBAG_SMTP_PORT") from None
    return value


def _plain_address(value: str) -> str:
    found = mailbox(value)
    if value and (found is None or not value.isascii() or '"' in value):
        raise ValueError("must be a plain mail address in ASCII, such as letters@postbag.example")
    return value


def _return_address(value: str) -> str:
    found = mailbox(value)
    if found and mailbox(return_path(found, _ANY_LETTER, "")) is None:
        raise ValueError(
            "must have at most 31 characters before the @, and be short behind it: a letter's id has to fit in"
        )
    return value


def _address_of_an_office(value: str) -> str:
    if value and mailbox(value.replace("{office}", "x")) is None:
        raise ValueError("must be a mail address in which {office} may stand, such as {office}@offices.example")
    return value


_Address = Annotated[str, AfterValidator(_plain_address)]
_ReturnAddress = Annotated[str, AfterValidator(_plain_address), AfterValidator(_return_address)]


class SmtpSettings(AttemptSettings):
    """Letters as mail."""

    smtp_host: Annotated[
        str,
        Field(description="The relay that takes the mail of all letters; the channel `smtp` needs it.",
              pattern=r"^[A-Za-z0-9.:-]*$", max_length=253),
        AfterValidator(_host),
    ] = ""  # fmt: skip
    smtp_port: Annotated[
        int, Field(description="Its port; 0 means 587 for `starttls`, 465 for `tls`, 25 for `none`.", ge=0, le=65535)
    ] = 0
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"],
        Field(description="`starttls` encrypts after connecting and sends nothing where that fails, `tls` encrypts from the "
              "first byte, `none` is for a relay on this machine."),
    ] = "starttls"  # fmt: skip
    smtp_allow_plain: Annotated[
        bool,
        Field(description="Lets `none` send letters, and the password, in clear text to another machine."),
    ] = False
    smtp_ca_file: Annotated[
        Path | None,
        Field(description="PEM file of the authorities that the relay's certificate may be from, instead of the "
              "machine's own."),
    ] = None  # fmt: skip
    smtp_username: Annotated[str, Field(description="Logs in under this name; empty means without.")] = ""
    smtp_password: Annotated[SecretStr, Field(description="The password for that name.")] = SecretStr("")
    smtp_password_file: Annotated[
        SecretFile, Field(description="File with the password, instead of POSTBAG_SMTP_PASSWORD.")
    ] = None
    smtp_hello: Annotated[
        str,
        Field(description="The name by which we greet the relay (EHLO); empty means the domain of POSTBAG_SMTP_FROM.",
              pattern=_DOMAIN, max_length=253),
    ] = ""  # fmt: skip
    smtp_from: Annotated[
        _Address,
        Field(description="The address that all letters are from; the person's name stands before it, and answers go to the "
              "person's own address. The channel `smtp` needs it. Its domain ends every Message-ID."),
    ] = ""  # fmt: skip
    smtp_return_path: Annotated[
        _ReturnAddress,
        Field(description="Where bounces go, such as `bounces@postbag.example`: each letter adds `+`, its id and its office "
              "before the @, for which it must leave room (31 characters at most). Empty means POSTBAG_SMTP_FROM, without "
              "additions."),
    ] = ""  # fmt: skip
    smtp_to: Annotated[
        str,
        Field(
            description="Address of an office that has none of its own; `{office}` in it stands for the office's id."
        ),
        AfterValidator(_address_of_an_office),
    ] = ""
    smtp_connections: Annotated[
        int, Field(description="Most connections to the relay at once; they are kept and used again.", ge=1, le=200)
    ] = 4
    smtp_idempotent: Annotated[
        bool,
        Field(description="Whether a mail may be sent again, under the same Message-ID, where nobody can tell if it arrived; "
              "otherwise such a letter is `in_doubt`."),
    ] = True  # fmt: skip
    smtp_dkim_key_file: Annotated[
        Path | None,
        Field(description="PEM file of the RSA key that signs each mail (DKIM), with the extra `dkim`; none: unsigned."),
    ] = None  # fmt: skip
    smtp_dkim_selector: Annotated[
        str, Field(description="Under which name the key's public half stands in the DNS.", pattern=_DOMAIN)
    ] = ""
    smtp_dkim_domain: Annotated[
        str, Field(description="The domain that signs; empty means that of POSTBAG_SMTP_FROM.", pattern=_DOMAIN)
    ] = ""
    smtp_dkim_headers: Annotated[
        str,
        Field(description="The headers that are signed, with commas between; `from` is among them in any case.",
              pattern=r"^[A-Za-z-]+(,[A-Za-z-]+)*$"),
    ] = "from,to,reply-to,subject,date,message-id,mime-version,content-type,content-transfer-encoding"  # fmt: skip
