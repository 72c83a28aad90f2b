"""Settings of the channel ``webhook``, which ``DeliverSettings`` takes over."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.deliver.attempt_settings import AttemptSettings


class WebhookSettings(AttemptSettings):
    """Where letters are posted, and with which proof of who sends."""

    webhook_url: Annotated[
        str,
        Field(description="Where the webhook channel posts; `{office}` in it stands for the office's id.",
              pattern=r"^https?://[^\s/]+(/\S*)?$"),
    ] = "http://127.0.0.1:8025/offices/{office}/letters"  # fmt: skip
    webhook_hosts: Annotated[
        str,
        Field(description="Hosts at which a recipient of a campaign's own list may have a webhook, with commas between: "
              "`name`, or `name:port` for another port. HTTPS only, except to loopback. Letters to any other are refused.",
              pattern=r"^([a-z0-9.:-]+(,[a-z0-9.:-]+)*)?$"),
    ] = ""  # fmt: skip
    webhook_idempotent: Annotated[
        bool,
        Field(description="Whether the far side answers a repeated id without acting twice. Only then is a letter tried again "
              "where nobody can tell whether it arrived; set it to false, and such a letter waits for a person."),
    ] = True  # fmt: skip
