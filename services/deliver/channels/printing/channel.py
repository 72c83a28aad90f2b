"""The channel `print`: each letter as the PDF that render made, in the folder of its office and day, to be carried there.

A file appears whole or not at all, under the letter's id, and a repeated attempt finds it, on whichever day it was written,
and changes nothing. One sync a batch makes the batch durable before its outcomes are written. The disk is waited for in a
thread of its own, because a disk that hangs must not hold up the attempts of the other channels.
"""

from __future__ import annotations

import asyncio
import binascii
import os
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, tzinfo
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Final

from services.deliver.answers import of_local
from services.deliver.channel import Unfit
from services.deliver.channels.printing import manifest
from services.deliver.channels.printing.days import day_of, days_to_look, folder_of, manifest_of
from services.deliver.channels.whole_file import is_whole, write_whole
from services.deliver.zones import zone
from services.pipeline.errors import SettingsRefused

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.answers import Answer
    from services.deliver.channels.printing.settings import PrintSettings

_PRINTED: Final = of_local("written")
_FAILED: Final = of_local("disk_failed")
_HANGS: Final = of_local("disk_hangs")


class Print:
    """Files under ``folder/<office>/<day>/<letter id>.pdf``. See ``channel.Channel`` for the duties."""

    name = "print"
    idempotent = True

    def __init__(self, folder: Path, where: tzinfo, attempt_seconds: float, now: Callable[[], float] = time) -> None:
        self._folder, self._where, self._seconds, self._now = folder, where, attempt_seconds, now
        # Of one thread, so that an attempt that is overdue and its repetition never write the same file.
        self._writer = ThreadPoolExecutor(1, "print")
        self._syncer = ThreadPoolExecutor(1, "print-sync")
        self._settled: tuple[date | None, set[str]] = (None, set())
        self._written = 0

    @classmethod
    def opened(cls, settings: PrintSettings) -> Print:
        """The channel as the settings have it. Raises ``SettingsRefused``: the time zone is not known here."""
        try:
            where = zone(settings.print_time_zone)
        except ValueError as error:
            raise SettingsRefused(f"POSTBAG_PRINT_TIME_ZONE: {error} (docs/printing.md)") from None
        return cls(settings.print_dir, where, settings.attempt_seconds)

    def body(self, letter: Letter, to: str) -> bytes | Unfit:
        """The PDF. Unfit, with render's own reason, is a letter of which none could be made; ``to`` is not asked."""
        if letter.paper is None:
            return Unfit(next((one.reason for one in letter.unfit if one.form == "paper"), "no_paper_form"))
        try:
            pdf = b64decode(letter.paper, validate=True)
        except binascii.Error:
            return Unfit("paper_malformed")
        return pdf if pdf.startswith(b"%PDF-") else Unfit("paper_malformed")

    async def attempt(self, letter: Letter, to: str, body: bytes) -> Answer:
        """Write the letter and its row of the manifest, unless they are there."""
        job = self._writer.submit(self._print, letter, body)
        await asyncio.wait({asyncio.wrap_future(job)}, timeout=self._seconds)
        if job.done():
            return job.result()
        return _FAILED if job.cancel() else _HANGS

    async def flush(self) -> None:
        """Wait for the disk, once for all files of the batch."""
        if self._written:
            self._written = 0  # before the sync: what is written during it may not be part of it
            try:
                await asyncio.get_running_loop().run_in_executor(self._syncer, os.sync)
            except BaseException:  # cancelled: nobody knows what reached the disk
                self._written = 1
                raise

    async def close(self) -> None:
        """End the threads; what is being written is written to its end."""
        self._writer.shutdown(wait=False, cancel_futures=True)
        self._syncer.shutdown(wait=False)

    def _print(self, letter: Letter, pdf: bytes) -> Answer:
        today = day_of(self._now(), self._where)
        name = f"{letter.letter_id}.pdf"
        try:
            for day in days_to_look(letter.accepted_at, today, self._where):
                folder = folder_of(self._folder, letter.office, day)
                if (folder / name).exists():
                    self._complete(folder, letter, pdf)
                    break
            else:
                folder = folder_of(self._folder, letter.office, today)
                self._settle(folder, today)
                write_whole(str(folder / name), pdf)
                manifest.add(manifest_of(folder), manifest.row_of(letter, pdf))
        except OSError:
            self._settled = (None, set())  # somebody may have tidied a folder away
            return _FAILED
        self._written += 1  # a file that was there may not have reached the disk
        return _PRINTED

    def _complete(self, folder: Path, letter: Letter, pdf: bytes) -> None:
        """Put right what an attempt before this one may have left: an empty file, no row. Raises OSError."""
        file, rows = folder / f"{letter.letter_id}.pdf", manifest_of(folder)
        if not is_whole(str(file), len(pdf)):
            write_whole(str(file), pdf)
        if not manifest.holds(rows, letter.letter_id):
            manifest.add(rows, manifest.row_of(letter, file.read_bytes()))

    def _settle(self, folder: Path, today: date) -> None:
        """Make the folder, and once for each office and day make the manifest what the folder says. Raises OSError."""
        day, known = self._settled
        if day != today:
            self._settled = (today, known := set())
        if folder.parent.name in known:
            return
        for made in (folder.parent, folder):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        manifest.settle(manifest_of(folder), {entry.stem for entry in folder.iterdir() if entry.suffix == ".pdf"})
        known.add(folder.parent.name)
