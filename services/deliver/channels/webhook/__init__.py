"""Letters as JSON to an address on the web: signed, to vetted addresses only, and one request an attempt.

``channel.py`` makes the attempt, ``address.py`` reads addresses, ``guard.py`` and ``networks.py`` decide which machines may
be reached, ``signature.py`` signs, ``settings.py`` is what an operator sets. docs/webhook.md is for whoever receives the
letters.
"""

from services.deliver.channels.webhook.address import destination
from services.deliver.channels.webhook.channel import Webhook
from services.deliver.channels.webhook.settings import WebhookSettings

__all__ = ["Webhook", "WebhookSettings", "destination"]
