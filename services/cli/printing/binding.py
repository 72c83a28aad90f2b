"""Binds an office's letters of a day into one PDF in the order of the manifest, behind a cover that says how many there are.

Every letter is held to its manifest before it goes in, by checksum and by number of pages, and the whole is read again and
counted before it gets its name: what is carried to an office is what was accepted for it. Nothing here prints a name, and
pypdf (extra ``binding``) is imported only when something is bound.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import click

from services.cli.printing.batches import Batch, OfficeDay, pages, write_batch, write_whole

if TYPE_CHECKING:
    from pypdf import PdfWriter

    from services.deliver.channels.printing.manifest import Row

_WIDTH: Final = 612
_HEIGHT: Final = 792
"""US Letter, in points: what the letters are set on."""

_LINES: Final = ((28, 660), (16, 620), (16, 596))
"""The size of each line of the cover and how high it stands, in points."""


def pypdf() -> Any:
    """The library that merges. Raises ``click.ClickException`` naming the extra where it is not installed."""
    try:
        import pypdf as library  # noqa: PLC0415 - optional, and slow to load
    except ImportError:
        raise click.ClickException("Binding needs the extra `binding`: pip install 'postbag[binding]'") from None
    return library


def bind(day: OfficeDay, most: int, *, duplex: bool, tell: Callable[[int], None]) -> tuple[Batch, ...]:
    """Put the letters that wait into batches of at most ``most``, in place of those that were bound and not handed in.

    ``tell`` gets the number of letters done. Raises OSError, and ``click.ClickException`` where a letter is not what the
    manifest says; then the batch and those after it are not made.
    """
    letters = day.waiting()
    first = 1 + max((batch.number for batch in day.batches if batch.handed_in_at), default=0)
    for old in day.bound:  # no longer what is to be handed in; its PDF goes when its number is taken or left over
        day.file(old.number, "json").unlink(missing_ok=True)
    made = []
    for number, start in enumerate(range(0, len(letters), most), first):
        part = letters[start : start + most]
        whole = _merged(day, number, part, duplex=duplex, tell=lambda done, start=start: tell(start + done))  # type: ignore[misc]
        write_whole(day.file(number, "pdf"), whole)
        batch = Batch(
            number=number,
            letters=tuple(row.letter_id for row in part),
            pages=pages(part),
            bound_at=datetime.now(UTC).replace(microsecond=0),
        )
        write_batch(day, batch)
        made.append(batch)
    for old in day.bound:
        if old.number >= first + len(made):
            day.file(old.number, "pdf").unlink(missing_ok=True)
    return tuple(made)


def _merged(day: OfficeDay, number: int, letters: Sequence[Row], *, duplex: bool, tell: Callable[[int], None]) -> bytes:
    library = pypdf()
    writer: PdfWriter = library.PdfWriter()
    inside = 0
    for done, row in enumerate(letters, 1):
        reader = _letter(library, day, row)
        writer.append(reader, import_outline=False)
        inside += len(reader.pages)
        if duplex and len(reader.pages) % 2:
            writer.add_blank_page(_WIDTH, _HEIGHT)
        tell(done)
    blank = len(writer.pages) - inside
    _cover(library, writer, (f"Letters to {day.office}", f"{day.day}, batch {number}", _counted(len(letters), inside)))
    if duplex:
        writer.insert_blank_page(_WIDTH, _HEIGHT, 1)
    made = io.BytesIO()
    writer.write(made)
    found, wanted = len(library.PdfReader(made).pages), inside + blank + (2 if duplex else 1)
    if found != wanted:
        raise click.ClickException(f"{day.office} {day.day}: {found} pages were bound where {wanted} should be. Nothing "
                                   "was kept; please report it.")  # fmt: skip
    return made.getvalue()


def _letter(library: Any, day: OfficeDay, row: Row) -> Any:
    """The letter's PDF. Raises ``click.ClickException``: not what the manifest says."""
    path = day.folder / f"{row.letter_id}.pdf"
    pdf = path.read_bytes()
    if sha256(pdf).hexdigest() != row.sha256:
        raise click.ClickException(f"{path} was changed after it was written: its checksum is not the manifest's.")
    try:
        reader = library.PdfReader(io.BytesIO(pdf))
        count = len(reader.pages)
    except library.errors.PyPdfError:
        raise click.ClickException(f"{path} is no PDF that can be read.") from None
    if row.pages not in (None, count):
        raise click.ClickException(f"{path} has {count} pages, and {row.pages} by the manifest.")
    return reader


def _cover(library: Any, writer: PdfWriter, lines: Sequence[str]) -> None:
    """A first page of ``lines``, in a font that every reader has; they are ids and numbers."""
    made = library.generic
    name = made.NameObject
    text = "".join(f"BT /F {size} Tf 72 {up} Td ({one}) Tj ET\n" for (size, up), one in zip(_LINES, lines, strict=True))
    content = made.DecodedStreamObject()
    content.set_data(text.encode("ascii"))
    font = {name("/Type"): name("/Font"), name("/Subtype"): name("/Type1"), name("/BaseFont"): name("/Helvetica")}
    writer.insert_blank_page(_WIDTH, _HEIGHT, 0)
    page = writer.pages[0]  # what the call gives back is a copy
    fonts = made.DictionaryObject({name("/F"): made.DictionaryObject(font)})
    page[name("/Resources")] = made.DictionaryObject({name("/Font"): fonts})
    page[name("/Contents")] = writer._add_object(content)  # noqa: SLF001 - the library's own way to add a stream


def _counted(letters: int, count: int) -> str:
    return f"{letters:,} {'letter' if letters == 1 else 'letters'}, {count:,} {'page' if count == 1 else 'pages'}"
