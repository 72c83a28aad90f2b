"""Settings of the channel ``webhook``, which ``DeliverSettings`` takes over.

What is wrong is refused at start and by name: a secret of the wrong form would sign letters that every receiver refuses, and
an address in a closed network would hold up every letter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo

from services.deliver.attempt_settings import AttemptSettings
from services.deliver.channels.webhook.address import parse
from services.deliver.channels.webhook.networks import is_open, read_networks
from services.deliver.channels.webhook.signature import decode_secret
from services.deliver.secret_files import SecretFile, read_secret


def _networks(text: str) -> str:
    try:
        read_networks(text)
    except ValueError:
        raise ValueError("is not networks such as 10.1.0.0/16, with commas between") from None
    return text


def _own_address(url: str, info: ValidationInfo) -> str:
    found = parse(url.replace("{office}", "x"))
    if found is None:
        raise ValueError("is no address such as https://name/path, in lower case, without a user before the host")
    opened = read_networks(info.data.get("webhook_private_networks", ""))
    if found.literal and not found.is_this_machine and not is_open(found.literal, opened):
        raise ValueError("leads into a private network that POSTBAG_WEBHOOK_PRIVATE_NETWORKS does not name")
    return url


def _secret(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value():
        decode_secret(secret.get_secret_value())
    return secret


def _secret_file(path: Path | None) -> Path | None:
    if path is not None:
        _key_in(path)
    return path


def _key_in(path: Path) -> bytes:
    return decode_secret(read_secret(path).strip())


_Secret = Annotated[SecretStr, AfterValidator(_secret)]
_SecretFile = Annotated[SecretFile, AfterValidator(_secret_file)]


class WebhookSettings(AttemptSettings):
    """Where letters are posted, and with which proof of who sends."""

    webhook_private_networks: Annotated[
        str,
        Field(description="Private networks that the webhook channel may reach, as `10.1.0.0/16`, with commas between. All "
              "others are closed to it, but for a loopback address that stands in POSTBAG_WEBHOOK_URL as such."),
        AfterValidator(_networks),
    ] = ""  # fmt: skip
    webhook_url: Annotated[
        str,
        Field(description="Where the webhook channel posts; `{office}` in it stands for the office's id."),
        AfterValidator(_own_address),
    ] = "http://127.0.0.1:8025/offices/{office}/letters"
    webhook_hosts: Annotated[
        str,
        Field(description="Hosts at which a recipient of a campaign's own list may have a webhook, with commas between: "
              "`name`, or `name:port` for another port. HTTPS only, except to loopback. Letters to any other are refused.",
              pattern=r"^([a-z0-9.:-]+(,[a-z0-9.:-]+)*)?$"),
    ] = ""  # fmt: skip
    webhook_secret: Annotated[
        _Secret,
        Field(description="Signs each letter as Standard Webhooks has it: `whsec_` and 24 to 64 random bytes in base64. "
              "Without it letters are posted unsigned."),
    ] = SecretStr("")  # fmt: skip
    webhook_secret_file: Annotated[_SecretFile, Field(description="File that holds POSTBAG_WEBHOOK_SECRET.")] = None
    webhook_secret_previous: Annotated[
        _Secret,
        Field(description="The secret before this one: letters are signed by both, until receivers have changed over."),
    ] = SecretStr("")
    webhook_secret_previous_file: Annotated[
        _SecretFile, Field(description="File that holds POSTBAG_WEBHOOK_SECRET_PREVIOUS.")
    ] = None
    webhook_idempotent: Annotated[
        bool,
        Field(description="Whether the far side answers a repeated id without acting twice. Where it does not, a letter of "
              "which nobody can tell whether it arrived is not tried again: it waits for a person."),
    ] = True  # fmt: skip


def signing_keys(settings: WebhookSettings) -> tuple[bytes, ...]:
    """The live secrets, the newest first; none: letters go unsigned. Raises ValueError where a file has changed since."""
    pairs = (
        (settings.webhook_secret, settings.webhook_secret_file),
        (settings.webhook_secret_previous, settings.webhook_secret_previous_file),
    )
    return tuple(
        _key_in(file) if file else decode_secret(secret.get_secret_value())
        for secret, file in pairs
        if file or secret.get_secret_value()
    )
