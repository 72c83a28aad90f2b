"""The form ``cwc``: a letter as a CWC document, the same bytes for the same facts.

It finds the chamber by the office, keeps one ``Plan`` for each campaign and chamber, and lets nothing out that XML cannot
hold. It must never send more than the person and the campaign said, nor look at a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from services.pipeline.errors import SettingsRefused
from services.render.forms import Unfit
from services.render.forms.cwc.overrides import RulesRefused, load_rules
from services.render.forms.cwc.plan import Plan
from services.render.forms.cwc.rules import Rules
from services.render.forms.cwc.settings import ROWS, CwcSettings, unset

if TYPE_CHECKING:
    from schemas.campaign import Campaign, RequiredField
    from services.render.forms import Facts

LONGEST: Final = 100_000
"""Characters of a document, as in ``schemas.letter``: only texts that are nearly all ampersands come near it."""

NEEDED: Final[Mapping[str, RequiredField]] = {
    "Constituent/Prefix": "prefix",
    "Constituent/FirstName": "first_name",
    "Constituent/LastName": "last_name",
    "Constituent/Email": "email",
    "Constituent/Address1": "address.line1",
    "Constituent/City": "address.city",
    "Constituent/StateAbbreviation": "address.state",
    "Constituent/Zip": "address.zip",
}
"""What a campaign has to ask of everyone, for the elements that are required: see ``Campaign.required_fields``."""

REASONS: Final[Mapping[str, str]] = {
    "document_too_long": f"The document has more than {LONGEST:,} characters.",
    "message_missing": "There is neither a campaign's text nor the person's own words.",
    "no_such_intake": "The letter goes to neither chamber, but to a recipient of a campaign's list or another office.",
    "not_xml": "A text holds a character that XML 1.0 cannot (production Char), such as a control character.",
}
"""Why a letter is unfit for this form, beside what is wrong with a single element."""

_CONTROLS: Final = bytes(byte for byte in range(0x20) if byte not in b"\t\n")
"""Neither XML's (production Char of XML 1.0) nor, for CR, to be read back as written."""
_OTHERS: Final = bytes(byte for byte in range(0x100) if byte not in _CONTROLS)


def cwc_form(settings: CwcSettings) -> CwcForm:
    """The form as the settings have it. Raises ``SettingsRefused`` naming what is not set, or is wrong with the rules."""
    missing = unset(settings)
    if missing:
        raise SettingsRefused(f"a campaign asks for the form cwc, which needs {', '.join(missing)} (docs/forms.md)")
    try:
        house, senate = load_rules(settings.cwc_rules)
    except RulesRefused as error:
        raise SettingsRefused(f"POSTBAG_CWC_RULES: {error}") from None
    return CwcForm({path: getattr(settings, name) for name, path in ROWS.items()}, house, senate)


class CwcForm:
    """A ``services.render.forms.Form``. ``sender`` is the text of each element that says who sends, by its path."""

    def __init__(self, sender: Mapping[str, str], house: Rules, senate: Rules) -> None:
        self._sender = dict(sender)
        self._rules = {"H": house, "S": senate}
        self._plans: dict[tuple[str, str], tuple[Campaign, Plan | Unfit]] = {}

    def rules_for(self, office: str) -> Rules:
        """The rules of the chamber that ``office`` is a seat of. Raises ``Unfit``: no_such_intake."""
        rules = self._rules.get(office[:1])
        if rules is None:
            raise Unfit("no_such_intake")
        return rules

    def make(self, letter: Facts) -> str:
        """The document. Raises ``Unfit``: docs/reference/cwc.md has the reasons."""
        document = self._plan(letter.campaign, self.rules_for(letter.office)).write(letter)
        if len(document) > LONGEST:
            raise Unfit("document_too_long")
        if not document.isascii() or not document.replace("\n", " ").isprintable():
            _refuse_what_xml_cannot_hold(document)
        return document

    def _plan(self, campaign: Campaign, rules: Rules) -> Plan:
        known = self._plans.get((campaign.slug, rules.chamber))
        if known is None or known[0] is not campaign:  # a new version takes the place of the old one
            try:
                known = (campaign, Plan(campaign, rules, self._sender))
            except Unfit as error:
                known = (campaign, error)
            self._plans[campaign.slug, rules.chamber] = known
        if isinstance(known[1], Unfit):
            raise Unfit(known[1].reason)
        return known[1]


def _refuse_what_xml_cannot_hold(document: str) -> None:
    try:
        raw = document.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise Unfit("not_xml") from None
    if raw.translate(None, _OTHERS) or "\ufffe" in document or "\uffff" in document:
        raise Unfit("not_xml")
