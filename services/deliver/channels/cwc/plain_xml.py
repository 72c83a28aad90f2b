"""Reads the little XML that an intake answers with: which elements there are, and what text stands in each.

The far side is a stranger, and so may be whoever answers in its place: a document type is refused before anything in it is
read (so there are no entities to expand and none to fetch), and depth and elements are bounded. What is read may quote a
letter, so it must never leave this package, but for codes.
"""

from __future__ import annotations

from typing import Final, NoReturn
from xml.parsers import expat

_DEEPEST: Final = 20
_MOST_ELEMENTS: Final = 20_000


class NotPlainXml(ValueError):
    """It is not XML, or more than plain. The message is a code."""


def texts(raw: bytes) -> list[tuple[str, str]]:
    """Each element's name, without a namespace prefix, and its own text, stripped; in the order of their ends.

    Raises:
        NotPlainXml: not well-formed, with a document type, too deep or too many elements.
    """
    found: list[tuple[str, str]] = []
    open_ones: list[tuple[str, list[str]]] = []

    def start(name: str, _: object) -> None:
        open_ones.append((name.rpartition(":")[2], []))
        if len(open_ones) > _DEEPEST or len(found) > _MOST_ELEMENTS:
            raise NotPlainXml("too_much")

    def end(_: str) -> None:
        name, pieces = open_ones.pop()
        found.append((name, "".join(pieces).strip()))

    def text(piece: str) -> None:
        open_ones[-1][1].append(piece)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, LookupError):  # the latter: an encoding that does not exist
        raise NotPlainXml("not_xml") from None
    return found


def _refuse(*_: object) -> NoReturn:
    raise NotPlainXml("document_type")
