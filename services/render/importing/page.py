"""The text of a page of HTML, by lines: what a reader sees, and what of it is a heading, an item, a footer.

Nothing of a page is run or fetched. Markup is made regular first, in one pass, because the standard library's parser takes
quadratic time over tags and comments that never end. Of attributes only a subject's value and the site's name are read.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Final

from services.render.importing.draft import Line, LineKind, Lines

_CLOSING: Final = re.compile(
    r"</(?:p|div|h[1-6]|li|ul|body|html|span|form|label|td|strong|em|a|b|i)\s?>|<br\s?/?>", re.IGNORECASE
)
_DOCUMENT: Final = re.compile(r"\s{0,1000}<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_INTERESTING: Final = re.compile(r"""[<>"']""")
_TAG: Final = re.compile(r"</?[a-zA-Z]")
_SILENT: Final = frozenset(
    {"script", "style", "template", "svg", "select", "noscript", "iframe", "object", "button", "math"}
)
_AS_TYPED: Final = frozenset({"pre", "textarea"})
_DEEPEST: Final = 20
"""Open tags that are looked at: a page that leaves all of its tags open must not cost the square of their number."""
_KINDS: Final[dict[str, LineKind]] = {
    "title": "title", "nav": "navigation", "footer": "footer", "li": "item", **{f"h{n}": "heading" for n in range(1, 7)},
}  # fmt: skip
_BLOCKS: Final = frozenset(_KINDS) | {
    "address", "article", "aside", "blockquote", "body", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure", "form",
    "head", "header", "hr", "html", "label", "legend", "main", "ol", "p", "pre", "section", "table", "td", "textarea", "th",
    "tr", "ul",
}  # fmt: skip


def is_page(text: str) -> bool:
    """Whether ``text`` is HTML: it begins as a document does, or has several of the tags that text editors write."""
    if _DOCUMENT.match(text):
        return True
    return len(_CLOSING.findall(text, 0, 200_000)) > 1


def page_lines(text: str) -> Lines:
    """The lines of a page, blank ones between its blocks; numbers count these lines: a page's source may be a single one."""
    reader = _Reader()
    reader.feed(_regular(text))
    reader.close()
    reader.end_line()
    return tuple(Line(number, line, kind) for number, (line, kind) in enumerate(reader.lines, 1))


def _regular(text: str) -> str:
    """``text`` in which each ``<`` begins a tag that ends, and all others are written as text. Linear in its length."""
    parts: list[str] = []
    at = 0
    while (start := text.find("<", at)) >= 0:
        parts.append(text[at:start])
        if text.startswith(("<!", "<?"), start):
            mark = "-->" if text.startswith("<!--", start) else ">"
            end = text.find(mark, start)
            if end < 0:  # it never ends: what follows is text, and is not searched again
                return "".join(parts) + html.escape(text[start:], quote=False)
            at = end + len(mark)
            continue
        end, whole = _end_of_tag(text, start) if _TAG.match(text, start) else (start + 1, False)
        parts.append(text[start:end] if whole else html.escape(text[start:end], quote=False))
        at = end
    return "".join(parts) + text[at:]


def _end_of_tag(text: str, start: int) -> tuple[int, bool]:
    """Where the tag at ``start`` ends, and whether it does: another ``<`` outside of quotes says that it was none."""
    at = start + 1
    while found := _INTERESTING.search(text, at):
        if found[0] == ">":
            return found.end(), True
        if found[0] == "<":
            return found.start(), False
        close = text.find(found[0], found.end())
        if close < 0:
            break
        at = close + 1
    return len(text), False


class _Reader(HTMLParser):
    """Collects lines. ``_open`` are the tags around the present place that say what kind of line it is, or that none is."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[str, LineKind]] = []
        self._open: list[str] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "br":
            self.end_line()
        elif tag in _BLOCKS:
            self._end_block()
        if tag == "input" and "subject" in f"{named.get('name')} {named.get('id')}".casefold():
            self._add(named.get("value", ""), "subject")
        elif tag == "meta" and named.get("property") == "og:site_name":
            self._add(named.get("content", ""), "site")
        if tag in _SILENT or tag in _KINDS or tag in _AS_TYPED:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block()
        if tag in self._open[-_DEEPEST:]:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        around = self._open[-_DEEPEST:]
        if any(tag in _SILENT for tag in around):
            return
        if not any(tag in _AS_TYPED for tag in around):
            self._text.append(data)
            return
        for number, piece in enumerate(data.split("\n")):
            if number:
                self.end_line()
            self._text.append(piece)

    def end_line(self) -> None:
        """What was collected is a line; nothing is a blank one."""
        kinds = (_KINDS[tag] for tag in reversed(self._open[-_DEEPEST:]) if tag in _KINDS)
        self._add("".join(self._text), next(kinds, "text"))
        self._text = []

    def _end_block(self) -> None:
        if "".join(self._text).strip():
            self.end_line()
        self._text = []
        if self.lines and self.lines[-1][0]:
            self._add("", "text")

    def _add(self, text: str, kind: LineKind) -> None:
        self.lines.append((" ".join(text.split()), kind))
