"""People whom letters have failed before: made up, and as data, for the check before publishing and for previews.

Each is difficult in one way that is told in ``about``; the first is not difficult at all. They live at ZIPs of the reference
sample, so that what resolve makes of them can be shown without any other data. Nobody here is real: the mail addresses are
under names reserved for examples (RFC 2606).
"""

# ruff: noqa: RUF001 - names and words in many scripts are the point

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from schemas.accepted import Address, Constituent

_LOREM: Final = "I have lived beside this river for forty years, and I have never seen it as low as it is now. "
_STORY: Final = "My sister is a nurse in the hospital that was shelled."


@dataclass(frozen=True, slots=True)
class Difficult:
    """One made-up person and what he or she sends. ``name`` is for the command line; ``about`` ends a sentence."""

    name: str
    about: str
    constituent: Constituent
    message: str = ""
    edited_letter: str = ""


def _person(name: str, about: str, *, message: str = "", edited_letter: str = "", **changes: Any) -> Difficult:
    """Maria Lopez of Harlem, but for ``changes``; those of ``Address`` go there."""
    home: dict[str, Any] = {"line1": "350 West 125th Street", "city": "New York", "state": "NY", "zip5": "10027"}
    home |= {field: changes.pop(field) for field in tuple(changes) if field in Address.model_fields}
    person: dict[str, Any] = {
        "prefix": "Ms.",
        "first_name": "Maria",
        "last_name": "Lopez",
        "phone": "+12125550123",
    } | changes
    mail = f"{name}@example.org"
    return Difficult(
        name, about, Constituent(**({"email": mail} | person), address=Address(**home)), message, edited_letter
    )


PLAIN: Final = _person("plain", "has nothing unusual")
DIFFICULT: Final = (
    PLAIN,
    _person("with-words", "adds two paragraphs", message=f"{_STORY}\n\nShe wrote to me last week."),
    _person("long-name", "has the longest names that are taken", first_name=f"{'Maximiliana ' * 24}Maria",
            last_name=f"{'Wolfeschlegelstein-' * 15}Hausen", line1="1" + " Avenue of the Americas" * 12),
    _person("accents", "has accents and strokes", prefix="Dr.", first_name="Zoë Łucja", last_name="Müller-Ångström d’Ça",
            line1="7½ Señora Street", city="Cañon City", state="CO", zip5="80202"),
    _person("right-to-left", "writes from right to left", first_name="مريم", last_name="حداد",
            message="أختي ممرضة في المستشفى الذي قُصف.\n\nשלום מהדיק, H. Res. 229."),
    _person("cjk", "writes Chinese and Japanese", first_name="小明", last_name="王",
            message="我的妹妹是一名护士。\nどうか答えてください。"),
    _person("joined-letters", "writes Hindi and Thai, with joiners", first_name="क्ष\u200dमा", last_name="त्रिपाठी",
            message="मेरी बहन नर्स है। น้องสาวของฉันเป็นพยาบาล"),
    _person("emoji", "writes emoji", message="Please act \N{DOVE OF PEACE}\N{VARIATION SELECTOR-16} now \N{FLEXED BICEPS}"),
    _person("one-name", "has one name", prefix="", first_name="Madonna", last_name=""),
    _person("one-letter-name", "has a name of one letter", prefix="Mr.", first_name="O", last_name="E"),
    _person("no-prefix", "gives no prefix", prefix=""),
    _person("rare-prefix", "has a prefix that the Senate does not take", prefix="Rev."),
    _person("apostrophe", "has an apostrophe, a hyphen and a suffix", first_name="Sinéad", last_name="O'Brien-D’Angelo, Jr."),
    _person("apartment-4b", "lives in apartment 4B, and writes no more of it", line2="4B"),
    _person("po-box", "has a post office box", line1="PO Box 7"),
    _person("no-phone", "gives no telephone number", phone=""),
    _person("foreign-phone", "has a telephone number of another country", phone="+4915112345678"),
    _person("odd-mail", "has a mail address that few programs take", email='"maria lopez"+x@example.org'),
    _person("split-zip", "has a ZIP of two districts", city="Cambridge", state="MA", zip5="02139"),
    _person("no-state", "gives no state", state=None),
    _person("at-large", "lives in a state with one district", city="Anchorage", state="AK", zip5="99501"),
    _person("delegate", "lives in the District of Columbia", city="Washington", state="DC", zip5="20001"),
    _person("resident-commissioner", "lives in Puerto Rico", city="San Juan", state="PR", zip5="00901"),
    _person("military", "has a military address", line1="Unit 2050 Box 4190", city="APO", state="AE", zip5="09001"),
    _person("unknown-zip", "has a ZIP that there is not", zip5="00000"),
    _person("short-words", "adds one word", message="Yes!"),
    _person("long-words", "adds as many words as are taken", message=(_LOREM * 110)[:9_990].rstrip()),
    _person("one-long-line", "adds a line without a blank", message="https://example.org/" + "a" * 3_000),
    _person("edited", "edits the letter",
            edited_letter="Please read this in my own words.\n\nThe dams have to go, and I will tell you why."),
    _person("edited-long", "edits the letter and makes it as long as is taken",
            edited_letter=(_LOREM * 110)[:9_990].rstrip()),
    _person("template-typed", "types what looks like a template", first_name="{{7*7}}", last_name="{% for x in y %}",
            message="{{ ''.__class__ }} {% raw %} {# #} ${7*7} %s {0.__class__}"),
    _person("markup-typed", "types what looks like HTML and XML", first_name="<u>Maria</u>", last_name="Lopez & ]]>",
            message="<script>alert(1)</script> &amp; <!DOCTYPE x [<!ENTITY y 'z'>]> &y;"),
    _person("dots-typed", "types lines that mail gives a meaning", message="From here on\n.\n..\n--\n> quoted"),
)  # fmt: skip
"""In no order but that the first has nothing unusual."""


def by_name(name: str) -> Difficult | None:
    """The one called ``name``."""
    return next((one for one in DIFFICULT if one.name == name), None)
