"""Letters as XML for congressional intake: CWC 2.0 for the House, SCWC for the Senate.

``CwcForm`` writes a letter, ``faults`` holds a document to the rules, and the rules are data (``table.py``, changed by
``overrides.py``). Nothing about a person is made up here: what the format requires and nobody said makes the letter unfit for
this form. The document has no name, address or signature in its texts, because offices group messages by likeness.
"""

from services.render.forms.cwc.check import Fault, faults
from services.render.forms.cwc.overrides import RulesRefused, load_rules
from services.render.forms.cwc.rules import FAULTS, Chamber, Rule, Rules
from services.render.forms.cwc.settings import CwcSettings
from services.render.forms.cwc.table import HOUSE, SENATE
from services.render.forms.cwc.writing import NEEDED, REASONS, CwcForm, cwc_form

__all__ = [
    "FAULTS",
    "HOUSE",
    "NEEDED",
    "REASONS",
    "SENATE",
    "Chamber",
    "CwcForm",
    "CwcSettings",
    "Fault",
    "Rule",
    "Rules",
    "RulesRefused",
    "cwc_form",
    "faults",
    "load_rules",
]
