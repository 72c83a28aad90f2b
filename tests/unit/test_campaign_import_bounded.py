"""The time that an import takes grows with the length of what is pasted, and not with its square."""

from __future__ import annotations

import random
import time
from datetime import date
from typing import Final

import pytest

from services.render.importing.alert import Given, read_alert
from services.render.importing.layout import file_of

TODAY: Final = Given(date(2026, 11, 22))
LENGTH: Final = 30_000
TIMES: Final = 8
LETTER: Final = b"Dear Senator,\n"
PAGE: Final = b"</p></p>"


@pytest.mark.parametrize(
    ("head", "repeated"),
    [
        (b"", b"Dear Senator,\n"), (b"", b"a b c\n"), (b"", b"<"), (PAGE, b"<a "), (PAGE, b'<a "'), (PAGE, b"<!--"),
        (PAGE, b"<!["), (PAGE, b"&"), (PAGE, b"<li>x"), (PAGE, b"<div>"), (PAGE, b"<script>"), (LETTER, b"[[?"),
        (LETTER, b"[["), (LETTER, b"[x y]"), (LETTER, b"{{"), (LETTER, b"{{ x }}"), (LETTER, b"_"),
        (LETTER, b"Sincerely,\n"), (LETTER, b"[Your Name]\n"), (LETTER, b"Share\n"), (b"", b"First Name*\n"),
        (b"", b"Subject:\n"), (b"", b"Message:\n"), (b"", b"* Governor Alex\n"), (b"", b"H. Res. 229 "),
        (b"supporter of ", b"Aa "), (b"", b"dear rep."), (b"", b"\n"), (b"", b"March 4, 2024\n"), (b"Why\n\n", b"*_[<"),
    ],
)  # fmt: skip
def test_eight_times_the_length_takes_about_eight_times_as_long(head: bytes, repeated: bytes) -> None:
    """Three times that is allowed for whatever else this machine does; the square of eight would be 64."""

    def spent(length: int) -> float:
        raw = head + repeated * (length // len(repeated))
        begun = time.process_time()
        file_of(read_alert(raw, TODAY), "alert.txt")
        return time.process_time() - begun

    spent(100)
    once = max(spent(LENGTH), spent(LENGTH), 0.005)
    assert min(spent(TIMES * LENGTH) for _ in range(3)) < 3 * TIMES * once


def test_a_megabyte_of_noise_is_read() -> None:
    assert file_of(read_alert(random.Random(1).randbytes(1_000_000), TODAY), "alert.txt").startswith("# From alert.txt")
