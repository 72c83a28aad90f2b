"""Settings of the CWC form, which ``RenderSettings`` takes over: who sends, and which rules hold.

The chambers register each sender, so nothing here has a default that could be sent. All but the file of rules may stay empty
as long as no campaign asks for the form; the one that does is not taken up, and the log says what to set.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo

from services.pipeline.settings import WorkerSettings
from services.render.forms.cwc.overrides import load_rules
from services.render.forms.cwc.table import HOUSE

ROWS: Final = {
    "cwc_agent": "Delivery/DeliveryAgent",
    "cwc_ack_email": "Delivery/DeliveryAgentAckEmailAddress",
    "cwc_contact_name": "Delivery/DeliveryAgentContact/DeliveryAgentContactName",
    "cwc_contact_email": "Delivery/DeliveryAgentContact/DeliveryAgentContactEmail",
    "cwc_contact_phone": "Delivery/DeliveryAgentContact/DeliveryAgentContactPhone",
}
"""Which element each setting is the text of."""


def _fits(value: str, info: ValidationInfo) -> str:
    fault = HOUSE.rows[ROWS[info.field_name or ""]].fault(value)
    if value and (fault or value != value.strip() or not value.isprintable()):
        raise ValueError(f"is {(fault or 'malformed').replace('_', ' ')}: docs/reference/cwc.md has the rule")
    return value


def _readable(path: Path | None) -> Path | None:
    load_rules(path)  # refused at start, and not when a campaign first asks for the form
    return path


_Text = Annotated[str, AfterValidator(_fits)]


class CwcSettings(WorkerSettings):
    """What congressional intake wants to know of whoever sends."""

    cwc_agent: Annotated[
        _Text,
        Field(description="Your name as the House and the Senate have registered you as a sender of CWC messages."),
    ] = ""
    cwc_ack_email: Annotated[
        _Text,
        Field(description="Mail address that offices answer about a message, such as about an address they refuse."),
    ] = ""
    cwc_contact_name: Annotated[_Text, Field(description="Whom an office can ask about your messages: a name.")] = ""
    cwc_contact_email: Annotated[_Text, Field(description="That person's mail address.")] = ""
    cwc_contact_phone: Annotated[_Text, Field(description="That person's telephone number, as 202-555-0143.")] = ""
    cwc_rules: Annotated[
        Path | None,
        Field(description="YAML or JSON file of those rules of the CWC format that have changed (docs/forms.md); read at "
              "start."),
        AfterValidator(_readable),
    ] = None  # fmt: skip


def unset(settings: CwcSettings) -> tuple[str, ...]:
    """The variables that are needed for the form and empty."""
    return tuple(f"POSTBAG_{name.upper()}" for name in ROWS if not getattr(settings, name))
