"""The two tables of rules as they ship: CWC 2.0 for the House, and what the Senate's SCWC does differently.

Source: facts gathered on 2026-11-22 from public senders and a public copy of the House's RelaxNG schema; those of the Senate
are known with less certainty. A row that a chamber has changed is put right through ``POSTBAG_CWC_RULES`` (``overrides.py``),
without waiting for a release. ``docs/reference/cwc.md`` is printed from here.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, get_args

from schemas.campaign import Topic
from schemas.fields import StateCode
from services.render.forms.cwc.rules import Rule, Rules

VERSION: Final = "2026-11-22"

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = "[A-Za-z0-9]+(-+[A-Za-z0-9]+)*"
_EMAIL: Final = rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+"
"""The plain ASCII form with a dotted domain: the narrowest reading of "e-mail", and so the one that no office refuses."""

_ADDRESS: Final = (
    rf"https?://{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?"
    r"([/?]([!$&'()*+,/:;=?@A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*)?"
)
"""A web address: of all URIs the ones that every reader of ``xs:anyURI`` takes."""

_PHONE: Final = "[0-9]{3}-[0-9]{3}-[0-9]{4}"
_NO_STATES: Final = ("DC", "PR", "GU", "VI", "AS", "MP")
_WITHOUT_SEAT: Final = ("FM", "MH", "PW", "AA", "AE", "AP")
_SEATED: Final = tuple(code for code in get_args(StateCode) if code not in _WITHOUT_SEAT)
_STATES: Final = tuple(code for code in _SEATED if code not in _NO_STATES)
_YES_NO: Final = ("Y", "N")
_BILL_TYPES: Final = ("hamdt", "hconres", "hjres", "hr", "hres", "s", "samdt", "sconres", "sjres", "sres")

_ROWS: Final = (
    Rule("CWCVersion", "cwc_version", required=True, values=("2.0",)),
    Rule("Delivery", "delivery", required=True, kind="group"),
    Rule("Delivery/DeliveryId", "delivery_id", required=True, pattern="[a-zA-Z0-9]{32}"),
    Rule("Delivery/DeliveryDate", "delivery_date", required=True, kind="date"),
    Rule("Delivery/DeliveryAgent", "agent", required=True, least=4, most=500),
    Rule("Delivery/DeliveryAgentAckEmailAddress", "ack_email", required=True, pattern=_EMAIL),
    Rule("Delivery/DeliveryAgentContact", "contact", required=True, kind="group"),
    Rule("Delivery/DeliveryAgentContact/DeliveryAgentContactName", "contact_name", required=True, least=6, most=500),
    Rule("Delivery/DeliveryAgentContact/DeliveryAgentContactEmail", "contact_email", required=True, pattern=_EMAIL),
    Rule("Delivery/DeliveryAgentContact/DeliveryAgentContactPhone", "contact_phone", required=True, pattern=_PHONE),
    Rule("Delivery/CampaignId", "campaign_id", required=True, least=2, most=500),
    Rule("Delivery/Organization", "organization", least=6, most=500),
    Rule("Delivery/OrganizationContact", "organization_contact", kind="group"),
    Rule("Delivery/OrganizationContact/OrganizationContactName", "organization_contact_name", least=2, most=500),
    Rule("Delivery/OrganizationContact/OrganizationContactEmail", "organization_contact_email", pattern=_EMAIL),
    Rule("Delivery/OrganizationContact/OrganizationContactPhone", "organization_contact_phone", pattern=_PHONE),
    Rule("Delivery/OrganizationAbout", "organization_about", least=6, most=500),
    Rule("Recipient", "recipient", required=True, kind="group"),
    Rule("Recipient/MemberOffice", "member_office", required=True, pattern=f"H({'|'.join(_SEATED)})[0-9]{{2}}"),
    Rule("Recipient/IsResponseRequested", "response_requested", values=_YES_NO),
    Rule("Recipient/NewsletterOptIn", "newsletter", values=_YES_NO),
    Rule("Constituent", "constituent", required=True, kind="group"),
    Rule("Constituent/Prefix", "prefix", required=True, most=500),
    Rule("Constituent/FirstName", "first_name", required=True, most=500),
    Rule("Constituent/MiddleName", "middle_name", most=500),
    Rule("Constituent/LastName", "last_name", required=True, most=500),
    Rule("Constituent/Suffix", "suffix", most=500),
    Rule("Constituent/Title", "title", most=500),
    Rule("Constituent/ConstituentOrganization", "constituent_organization", least=3, most=500),
    Rule("Constituent/Address1", "address1", required=True, least=3, most=500),
    Rule("Constituent/Address2", "address2", least=3, most=500),
    Rule("Constituent/Address3", "address3", least=3, most=500),
    Rule("Constituent/City", "city", required=True, least=3, most=500),
    Rule("Constituent/StateAbbreviation", "state", required=True, values=_SEATED),
    Rule("Constituent/Zip", "zip", required=True, pattern="[0-9]{5}(-[0-9]{4})?"),
    Rule("Constituent/Phone", "phone", pattern=_PHONE),
    Rule("Constituent/AddressValidation", "address_validation", values=_YES_NO),
    Rule("Constituent/Email", "email", required=True, pattern=_EMAIL),
    Rule("Constituent/EmailValidation", "email_validation", values=_YES_NO),
    Rule("Message", "message", required=True, kind="group"),
    Rule("Message/Subject", "subject", required=True, least=6, most=500),
    Rule("Message/LibraryOfCongressTopics", "topic", required=True, kind="group"),
    Rule(
        "Message/LibraryOfCongressTopics/LibraryOfCongressTopic",
        "topic",
        required=True,
        values=get_args(Topic),
        many=True,
    ),
    Rule("Message/Bills", "bills", kind="group"),
    Rule("Message/Bills/Bill", "bill", required=True, kind="group", many=True),
    Rule("Message/Bills/Bill/BillCongress", "bill_congress", required=True, pattern="[1-9][0-9]*"),
    Rule("Message/Bills/Bill/BillTypeAbbreviation", "bill_type", required=True, values=_BILL_TYPES),
    Rule("Message/Bills/Bill/BillNumber", "bill_number", required=True, pattern="[1-9][0-9]*"),
    Rule("Message/ProOrCon", "pro_or_con", values=("Pro", "Con")),
    Rule("Message/OrganizationStatement", "statement", least=6, most=10_000),
    Rule("Message/ConstituentMessage", "own_words", least=6, most=10_000),
    Rule("Message/MoreInfo", "more_info", pattern=_ADDRESS),
)

_BODY: Final = ("Message/OrganizationStatement", "Message/ConstituentMessage")
HOUSE: Final = Rules(
    chamber="house",
    title="CWC 2.0",
    version=VERSION,
    rows=MappingProxyType({rule.path: rule for rule in _ROWS}),
    order=(("CWCVersion", "Delivery", "Recipient", "Constituent", "Message"), _BODY),
    some=(_BODY,),
)

_SENATE: Final[dict[str, dict[str, Any]]] = {
    "Delivery/Organization": {"least": 3},
    "Recipient/MemberOffice": {"pattern": f"S({'|'.join(_STATES)})0[123]"},
    "Constituent/Prefix": {"most": 0, "values": ("Mr.", "Mrs.", "Miss", "Ms.", "Dr.")},
    "Constituent/ConstituentOrganization": {"least": 2},
    "Constituent/Address2": {"least": 2},
    "Message/Bills/Bill/BillTypeAbbreviation": {
        "values": (
            "H.Amdt.", "H.Con.Res", "H.J.Res.", "H.R.", "H.Res.", "S.", "S.Amdt.", "S.Con.Res.", "S.J.Res.", "S.Res."
        )
    },
}  # fmt: skip
"""City and the contact's name have the House's limits there as well. Whether H.Con.Res ends in a dot is disputed."""

SENATE: Final = replace(
    HOUSE,
    chamber="senate",
    title="SCWC",
    rows=MappingProxyType({path: replace(rule, **_SENATE.get(path, {})) for path, rule in HOUSE.rows.items()}),
)
