"""``postbag campaign``: everything that a campaigner does with a campaign's file, from a pasted alert to its end."""

from services.cli.campaign.command import campaign
from services.cli.campaign.files import load_campaign
from services.cli.campaign.publishing import publish_campaign

__all__ = ["campaign", "load_campaign", "publish_campaign"]
