"""Names made from an alert's words, for keys and addresses: lower-case Latin letters, digits and hyphens.

A name never changes once a campaign is published, so that it is short, and says in the file what it was made from.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SMALL: Final = "a an and are as at be by for from in into is it my of on or our that the this to us we with you your"
_MOST_WORDS: Final = 6


def slug_of(text: str) -> str | None:
    """A name made from a headline: up to six of its words; None where it has none in Latin letters."""
    plain = unicodedata.normalize("NFKD", re.sub("['\u2019]", "", text[:1_000])).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.casefold())
    small = _SMALL.split()
    kept = [word[:20] for word in words if word not in small] or [word[:20] for word in words]
    return "-".join(kept[:_MOST_WORDS])[:80].strip("-") or None
