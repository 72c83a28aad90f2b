"""One invented person's answer to a campaign, as the data of a submission, and the ways in which such data goes wrong.

A person is made from the seed and a number alone, so that the same one can be made again to send a second time. Every
mail address holds both, so that no two people of a crowd are one person to Postbag. Data is a plain dictionary on
purpose: half of the crowd's work is to send what no model of ours would let through.
"""

from __future__ import annotations

from typing import Any, Final

from deploy.local.crowd_places import Home
from deploy.local.crowd_words import (
    CLOSINGS,
    DOMAINS,
    HANDLES,
    MIDDLES,
    NAMES,
    OPENINGS,
    PREFIXES,
    SECOND_LINES,
    STREETS,
)
from deploy.local.dice import Dice

Data = dict[str, Any]
"""A submission's data as JSON has it; ``constituent`` and its ``address`` are dictionaries too."""

_REQUIRED: Final = (
    ("first_name",),
    ("email",),
    ("address", "line1"),
    ("address", "city"),
    ("address", "zip"),
)
_NOTHING: Final = (None, "", "   ")  # left out, left empty, filled with the space bar
_BAD_EMAILS: Final = (
    "{0}.example.org",
    "{0}@",
    "@example.org",
    "{0}@@example.org",
    "{0} 7@example.net",
    "<{0}@example.com",
    "{0}@example.org\r\nBcc: {0}@example.net",
)
_FOREIGN: Final = (("M5V 2T6", "Toronto"), ("SW1A 1AA", "London"), ("K1A 0B1", "Ottawa"), ("EH1 1YZ", "Edinburgh"))


def person(seed: int, number: int, home: Home, campaign: str) -> Data:
    """What person ``number`` sends from ``home``; every third adds a few words of their own."""
    dice = Dice("person", seed, number)
    first_names, last_names = dice.pick(NAMES)
    constituent: Data = {
        "first_name": dice.pick(first_names),
        "last_name": dice.pick(last_names),
        "email": f"{dice.pick(HANDLES)}.{seed}.{number}@{dice.pick(DOMAINS)}",
        "address": _address(dice, home),
    }
    if prefix := dice.pick(PREFIXES):
        constituent["prefix"] = prefix
    if not dice.below(4):
        constituent["phone"] = f"(202) 555-01{dice.below(100):02}"  # 555-0100 to 0199 are kept for fiction
    data: Data = {"campaign": campaign, "constituent": constituent}
    if not dice.below(3):
        parts = dice.pick(OPENINGS), dice.pick(MIDDLES), dice.pick(CLOSINGS)
        data["message"] = "\n\n".join(filter(None, parts))
    return data


def _address(dice: Dice, home: Home) -> Data:
    address: Data = {
        "line1": f"{1 + dice.below(9999)} {dice.pick(STREETS)}",
        "city": home.city,
        "zip": home.zip5 if dice.below(4) else f"{home.zip5}-{1 + dice.below(9999):04}",
    }
    if line2 := dice.pick(SECOND_LINES):
        address["line2"] = line2
    if home.state:
        address["state"] = home.state
    return address


def respell(data: Data, dice: Dice) -> None:
    """The same person at another keyboard: other capitals, spaces and abbreviations, and no word of their own."""
    constituent = data["constituent"]
    change = (str.upper, str.lower, str.swapcase)[dice.below(3)]
    for name in ("first_name", "last_name"):
        if constituent[name]:
            constituent[name] = f" {change(constituent[name])}  "
    constituent["email"] = dice.pick((str.upper, str.title))(constituent["email"]) + " "
    constituent["address"]["line1"] = "  " + constituent["address"]["line1"].replace("Street", "St.").lower()
    constituent["address"]["city"] = constituent["address"]["city"].upper()
    data.pop("message", None)


def lose_a_field(data: Data, dice: Dice) -> None:
    """A required field is left out or blank."""
    *inside, name = dice.pick(_REQUIRED)
    holder = data["constituent"]["address"] if inside else data["constituent"]
    nothing = dice.pick(_NOTHING)
    if nothing is None:
        del holder[name]
    else:
        holder[name] = nothing


def spoil_email(data: Data, dice: Dice) -> None:
    """A mail address that is none."""
    data["constituent"]["email"] = dice.pick(_BAD_EMAILS).format(dice.pick(HANDLES))


def shorten_zip(data: Data, dice: Dice) -> None:  # noqa: ARG001 - one signature for all mistakes
    """What a spreadsheet does to a ZIP: four digits are left."""
    data["constituent"]["address"]["zip"] = data["constituent"]["address"]["zip"][1:5]


def forget_campaign(data: Data, dice: Dice) -> None:
    """A page that nobody took down: its campaign is not, or no longer, published."""
    data["campaign"] = f"closed-long-ago-{dice.below(9)}"


def move_abroad(data: Data, dice: Dice) -> None:
    """An address in Canada or the United Kingdom."""
    postcode, city = dice.pick(_FOREIGN)
    data["constituent"]["address"] = {"line1": "7 Sparrow Lane", "city": city, "zip": postcode}
