"""CWC documents by hand, and letters to make them of: what tests of the form start from and change.

``full`` has every element of the format, with values of its own, and shares nothing with the tables of rules.
``second_opinion`` is RelaxNG, by libxml2.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from schemas.accepted import Constituent
from schemas.campaign import Campaign
from schemas.letter import Addressee, Parts
from services.render.forms import Facts
from services.render.forms.cwc import HOUSE, SENATE, Chamber, CwcForm, Rules
from tests.unit import made

RULES: Final[dict[Chamber, Rules]] = {"house": HOUSE, "senate": SENATE}
OFFICES: Final[dict[Chamber, str]] = {"house": "HNY13", "senate": "SNY03"}
SENDER: Final = {
    "Delivery/DeliveryAgent": "Example Mail Agents",
    "Delivery/DeliveryAgentAckEmailAddress": "answers@example.org",
    "Delivery/DeliveryAgentContact/DeliveryAgentContactName": "Ann Example",
    "Delivery/DeliveryAgentContact/DeliveryAgentContactEmail": "ann@example.org",
    "Delivery/DeliveryAgentContact/DeliveryAgentContactPhone": "202-555-0143",
}
STATEMENT: Final = "I ask you to support the bill.\n\nPlease tell me where you stand."

_FULL: Final = """
CWCVersion=2.0
Delivery/DeliveryId=0123456789abcdefABCDEF0123456789
Delivery/DeliveryDate=20240229
Delivery/DeliveryAgent=Mail
Delivery/DeliveryAgentAckEmailAddress=answers@example.org
Delivery/DeliveryAgentContact/DeliveryAgentContactName=Ann Ex
Delivery/DeliveryAgentContact/DeliveryAgentContactEmail=ann+cwc@mail.example.org
Delivery/DeliveryAgentContact/DeliveryAgentContactPhone=202-555-0143
Delivery/CampaignId=rivers:pro
Delivery/Organization=Physicians for Human Rights
Delivery/OrganizationContact/OrganizationContactName=Bo
Delivery/OrganizationContact/OrganizationContactEmail=bo@example.org
Delivery/OrganizationContact/OrganizationContactPhone=202-555-0144
Delivery/OrganizationAbout=Doctors who write.
Recipient/MemberOffice={office}
Recipient/IsResponseRequested=Y
Recipient/NewsletterOptIn=N
Constituent/Prefix=Ms.
Constituent/FirstName=O
Constituent/MiddleName=Q
Constituent/LastName=Åström-Núñez
Constituent/Suffix=III
Constituent/Title=Mayor
Constituent/ConstituentOrganization=Friends of the River
Constituent/Address1=1 B
Constituent/Address2=Apt 4B
Constituent/Address3=Rear
Constituent/City=Rye
Constituent/StateAbbreviation=NY
Constituent/Zip=10580-0001
Constituent/Phone=914-555-0100
Constituent/AddressValidation=Y
Constituent/Email=o@example.org
Constituent/EmailValidation=N
Message/Subject=Rivers
Message/LibraryOfCongressTopics/LibraryOfCongressTopic=Water Resources Development
Message/Bills/Bill/BillCongress=113
Message/Bills/Bill/BillTypeAbbreviation={bill}
Message/Bills/Bill/BillNumber=229
Message/ProOrCon=Pro
Message/OrganizationStatement=Open the rivers.
Message/ConstituentMessage=I fish.
Message/MoreInfo=https://example.org/rivers?a=b
"""


def full(chamber: Chamber) -> etree._Element:
    """A document with every element, each once; valid."""
    root = etree.Element("CWC")
    for row in _FULL.format(office=OFFICES[chamber], bill={"house": "hres", "senate": "H.Res."}[chamber]).split("\n"):
        if not row:
            continue
        path, _, value = row.partition("=")
        place = root
        for tag in path.split("/"):
            found = place.find(tag)
            place = etree.SubElement(place, tag) if found is None else found
        place.text = value
    return root


def at(root: etree._Element, path: str) -> etree._Element:
    """The element at ``path`` below ``CWC``."""
    found = root.find(path) if path else root
    assert found is not None, path
    return found


def without(root: etree._Element, path: str) -> etree._Element:
    """``root``, less the element at ``path``."""
    place = at(root, path)
    parent = place.getparent()
    assert parent is not None
    parent.remove(place)
    return root


def as_bytes(root: etree._Element) -> bytes:
    """The document as it would be sent."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


@cache
def _schema(chamber: Chamber) -> etree.RelaxNG:
    name = {"house": "cwc.rng", "senate": "scwc.rng"}[chamber]
    return etree.RelaxNG(etree.parse(Path(__file__).with_name(name)))


def second_opinion(xml: bytes | str, chamber: Chamber) -> bool:
    """Whether libxml2 finds the document valid by the RelaxNG schema of the tests."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=False)
    document = etree.fromstring(xml.encode() if isinstance(xml, str) else xml, parser)
    return bool(_schema(chamber).validate(document))


def elements(chamber: Chamber) -> Iterator[str]:
    """The path of every element of ``full``, groups too, in the document's order."""
    root = full(chamber)
    tree = root.getroottree()
    yield from (tree.getelementpath(one) for one in root.iter() if one is not root)


def form(house: Rules = HOUSE, senate: Rules = SENATE, **sender: str) -> CwcForm:
    """The form, with a sender made up."""
    return CwcForm({**SENDER, **sender}, house, senate)


def person(**changes: Any) -> Constituent:
    """Somebody of whom both chambers take a letter, but for ``changes``."""
    return made.constituent(**{"prefix": "Ms.", "phone": "212-555-0123", **changes})


def campaign(**changes: Any) -> Campaign:
    """A campaign that this form can be made for, but for ``changes``."""
    bill = {"congress": 113, "type": "hres", "number": 229}
    return made.campaign(
        changes.pop("slug", "rivers"), **{"topics": ("Animals", "Health"), "bill": bill, "stance": "pro", **changes}
    )


_CAMPAIGN: Final = campaign()


def letter(chamber: Chamber = "house", **changes: Any) -> Facts:
    """A letter that this form can be made of, but for ``changes``; ``statement`` and ``own_words`` go to its parts."""
    parts = {name: changes.pop(name) for name in ("statement", "own_words") if name in changes}
    facts: dict[str, Any] = {
        "letter_id": "3f2b8c1e-5d4a-5c6b-9e7f-0a1b2c3d4e5f",
        "office": OFFICES[chamber],
        "campaign": _CAMPAIGN,
        "constituent": person(),
        "addressee": Addressee(role="representative", salutation="Representative"),
        "parts": Parts(salutation="Dear You,", closing="Yours,\nMaria", **{"statement": STATEMENT, **parts}),
        "subject": "Support the bill",
        "body": "Dear You,\n\nThe body is for people.\n\nYours,\nMaria",
        "locale": "en-US",
        "made_on": date(2026, 11, 22),
    }
    return Facts(**(facts | changes))
