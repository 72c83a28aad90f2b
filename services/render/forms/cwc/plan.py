"""A campaign's document for one chamber: what all its letters share is written once, and each letter adds its own.

What the format requires and nobody said makes a letter unfit; nothing is filled in for it. An optional element whose rule
refuses the value is left out only where that loses nothing that the person said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from services.render.forms import Unfit
from services.render.forms.cwc.elements import Element, group
from services.render.forms.cwc.rules import Rules
from services.render.forms.cwc.settings import ROWS

if TYPE_CHECKING:
    from schemas.accepted import Address, Constituent
    from schemas.campaign import Bill, Campaign
    from services.render.forms import Facts

_CONTACT: Final = "Delivery/DeliveryAgentContact"
_TOPICS: Final = "Message/LibraryOfCongressTopics"
_BILL: Final = "Message/Bills/Bill"
_OF_EACH_LETTER: Final = {
    "id": "Delivery/DeliveryId",
    "day": "Delivery/DeliveryDate",
    "office": "Recipient/MemberOffice",
    "prefix": "Constituent/Prefix",
    "first_name": "Constituent/FirstName",
    "last_name": "Constituent/LastName",
    "address1": "Constituent/Address1",
    "address2": "Constituent/Address2",
    "city": "Constituent/City",
    "state": "Constituent/StateAbbreviation",
    "zip": "Constituent/Zip",
    "phone": "Constituent/Phone",
    "email": "Constituent/Email",
    "subject": "Message/Subject",
    "statement": "Message/OrganizationStatement",
    "own_words": "Message/ConstituentMessage",
}
_WRITTEN: Final = frozenset({
    *_OF_EACH_LETTER.values(), *ROWS.values(), _CONTACT, _TOPICS, f"{_TOPICS}/LibraryOfCongressTopic", "CWCVersion",
    "Delivery", "Delivery/CampaignId", "Delivery/Organization", "Recipient", "Constituent", "Message", "Message/Bills", _BILL,
    f"{_BILL}/BillCongress", f"{_BILL}/BillTypeAbbreviation", f"{_BILL}/BillNumber", "Message/ProOrCon",
})  # fmt: skip

_PHONE: Final = re.compile(
    r"(?:\+?1[ .-]?)?(?:\(([2-9][0-9]{2})\)|([2-9][0-9]{2}))[ .-]?([2-9][0-9]{2})[ .-]?([0-9]{4})"
)
_STANCES: Final = {"pro": "Pro", "con": "Con"}


class Plan:
    """Writes the letters of ``campaign``; ``sender`` is the text of each element that says who sends, by its path.

    Raises ``Unfit`` for what is wrong with all of them, such as ``topic_missing``.
    """

    def __init__(self, campaign: Campaign, rules: Rules, sender: Mapping[str, str]) -> None:
        self.campaign, self._rules = campaign, rules
        self._refuse_what_is_never_written()
        self._elements = {name: Element(rules.rows[path]) for name, path in _OF_EACH_LETTER.items()}
        version = self._text("CWCVersion", "".join(rules.rows["CWCVersion"].values[:1]))
        self._head = f'<?xml version="1.0" encoding="UTF-8"?>\n<CWC>\n{version}  <Delivery>\n'
        self._sender = self._from_whom(sender)
        self._about = self._about_what()

    def write(self, letter: Facts) -> str:
        """The document. Raises ``Unfit``."""
        parts, of = letter.parts, self._elements
        statement, own_words = _lines(parts.statement), _lines(parts.own_words)
        if not statement and not own_words:
            raise Unfit("message_missing")
        return "".join(
            (
                self._head,
                of["id"].write(letter.letter_id.replace("-", "")),
                of["day"].write(letter.made_on.isoformat().replace("-", "")),
                self._sender,
                "  </Delivery>\n  <Recipient>\n",
                of["office"].write(letter.office),
                "  </Recipient>\n  <Constituent>\n",
                self._person(letter.constituent),
                "  </Constituent>\n  <Message>\n",
                of["subject"].write(letter.subject),
                self._about,
                of["statement"].write(statement),
                of["own_words"].write(own_words),
                "  </Message>\n</CWC>\n",
            )
        )

    def _person(self, person: Constituent) -> str:
        of, address = self._elements, person.address
        prefix = of["prefix"]
        return "".join(
            (
                prefix.write(prefix.rule.spelt(person.prefix)),
                of["first_name"].write(person.first_name),
                of["last_name"].write(person.last_name),
                self._street(address),
                of["city"].write(address.city),
                of["state"].write(address.state or ""),
                of["zip"].write(f"{address.zip5}-{address.plus4}" if address.plus4 else address.zip5),
                of["phone"].write_if_it_fits(_phone(person.phone)),
                of["email"].write(person.email),
            )
        )

    def _street(self, address: Address) -> str:
        """A second line that is too short to stand by itself ("4B") goes behind the first: so nothing is lost or added."""
        first, second = self._elements["address1"], self._elements["address2"]
        if second.rule.fault(address.line2) == "too_short":
            return first.write(f"{address.line1}, {address.line2}") + second.write("")
        return first.write(address.line1) + second.write(address.line2)

    def _text(self, path: str, value: str) -> str:
        return Element(self._rules.rows[path]).write(value)

    def _from_whom(self, sender: Mapping[str, str]) -> str:
        campaign, rows = self.campaign, self._rules.rows
        named = {path: self._text(path, sender.get(path, "")) for path in ROWS.values()}
        contact = "".join(text for path, text in named.items() if path.startswith(_CONTACT))
        agent = "".join(text for path, text in named.items() if not path.startswith(_CONTACT))
        # Slugs have no colon, so that no campaign's id is another's with a stance. Offices group messages by it.
        identity = f"{campaign.slug}:{campaign.stance}" if campaign.stance else campaign.slug
        organization = Element(rows["Delivery/Organization"]).write_if_it_fits(campaign.organization)
        return agent + group(rows[_CONTACT], contact) + self._text("Delivery/CampaignId", identity) + organization

    def _about_what(self) -> str:
        campaign, rows = self.campaign, self._rules.rows
        topics = "".join(
            self._text(f"{_TOPICS}/LibraryOfCongressTopic", topic) for topic in dict.fromkeys(campaign.topics)
        )
        bill = group(rows[_BILL], self._bill(campaign.bill)) if campaign.bill else ""
        stance = self._text("Message/ProOrCon", _STANCES[campaign.stance] if campaign.stance else "")
        return group(rows[_TOPICS], topics) + group(rows["Message/Bills"], bill) + stance

    def _bill(self, bill: Bill) -> str:
        kind = self._rules.rows[f"{_BILL}/BillTypeAbbreviation"].spelt(bill.type)
        return (
            self._text(f"{_BILL}/BillCongress", str(bill.congress))
            + self._text(f"{_BILL}/BillTypeAbbreviation", kind)
            + self._text(f"{_BILL}/BillNumber", str(bill.number))
        )

    def _refuse_what_is_never_written(self) -> None:
        """An operator's rules may require what nobody is asked for, such as a middle name."""
        for path, rule in self._rules.rows.items():
            if rule.required and path not in _WRITTEN and path.rpartition("/")[0] in _WRITTEN:
                raise Unfit(f"{rule.name}_missing")


def _lines(text: str) -> str:
    """LF line ends: XML parsers read every other as LF, and then what was sent is not what was written."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _phone(text: str) -> str:
    """``text`` as NNN-NNN-NNNN, or empty where it is not clearly a number of the North American plan."""
    found = _PHONE.fullmatch(text) if text else None
    return f"{found[1] or found[2]}-{found[3]}-{found[4]}" if found else ""
