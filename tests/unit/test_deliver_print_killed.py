"""A worker that is killed while it prints: at every moment the folder is right but for one letter, and afterwards wholly."""

from __future__ import annotations

import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from tests.unit import made
from tests.unit.print_made import DAY, letter, print_all, table

ROOT: Final = Path(__file__).parents[2]
LETTERS: Final = 2000
PAPER: Final = b"%PDF-1.7\n" + b"x" * 20_000


def main() -> None:
    """Print all letters into the folder that is named, again and again; what is there already is found."""
    letters = [letter(number, PAPER) for number in range(1, LETTERS + 1)]
    while True:
        print_all(Path(sys.argv[1]), letters)


def printed(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob(f"HNY13/{DAY}/*.pdf")}


def test_a_kill_leaves_no_letter_half_written_and_no_row_without_its_letter(tmp_path: Path) -> None:
    dice = random.Random(6)
    for _ in range(4):
        before = len(printed(tmp_path))
        worker = subprocess.Popen([sys.executable, "-m", "tests.unit.test_deliver_print_killed", tmp_path], cwd=ROOT)
        try:
            until = monotonic() + 60
            while len(printed(tmp_path)) == before and monotonic() < until:
                sleep(0.001)
            sleep(dice.random() * 0.05)
        finally:
            worker.kill()
            worker.wait(30)
        begun = (tmp_path / "HNY13" / f"{DAY}.csv").exists()
        rows = {row["letter_id"]: row["sha256"] for row in table(tmp_path)} if begun else {}
        assert rows.keys() <= printed(tmp_path)
        assert len(printed(tmp_path)) - len(rows) <= 1, "only the one that was under way"
        for path in tmp_path.glob(f"HNY13/{DAY}/*.pdf"):
            assert path.read_bytes() == PAPER
        assert set(rows.values()) <= {sha256(PAPER).hexdigest()}
        assert before < len(printed(tmp_path)) < LETTERS, "killed in the middle"
    print_all(tmp_path, [letter(number, PAPER) for number in range(1, LETTERS + 1)])
    found = [row["letter_id"] for row in table(tmp_path)]
    assert sorted(found) == sorted(printed(tmp_path)) == [made.identity(number) for number in range(1, LETTERS + 1)]


if __name__ == "__main__":
    main()
