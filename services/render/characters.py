"""Characters that no letter may hold, taken out of a campaign's templates as intake takes them out of what people type.

Word processors leave them behind in what is pasted. Control characters and what reorders a display are dropped, exotic line
ends become LF. Joiners and marks of direction stay: many scripts are misspelt without them.
"""

from __future__ import annotations

from typing import Final

_DROPPED: Final = (
    *(code for code in range(0x20) if code not in (0x09, 0x0A)),
    *range(0x7F, 0xA0),  # DEL, C1
    *range(0x202A, 0x202F),  # embeddings and overrides of direction
    *range(0x2066, 0x206A),  # isolates
    *(0x200B, 0xFEFF),  # zero-width spaces
    *range(0xFDD0, 0xFDF0),
    *(plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF)),  # noncharacters
)
_TABLE: Final[dict[int, str | None]] = dict.fromkeys(_DROPPED) | dict.fromkeys((0x85, 0x2028, 0x2029), "\n")


def showable(text: str) -> str:
    """``text`` without them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_TABLE)
