"""``python -m deploy.alerts``: writes the rule files as they are committed, or with ``--faster`` for a check on live data."""

from __future__ import annotations

import argparse
from pathlib import Path

from deploy.alerts.pace import Pace
from deploy.alerts.rules import FOLDER, files


def main() -> None:
    """The command; it says which files it wrote."""
    parser = argparse.ArgumentParser(prog="python -m deploy.alerts", description="Writes Prometheus' rule files.")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER / "rules", help="where to (default: deploy/prometheus/rules)"
    )
    parser.add_argument("--faster", type=float, default=1, help="make every duration so many times shorter")
    parser.add_argument("--runbooks", help="where the runbooks are served, if not as alerts.yaml says")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(Pace(given.faster), given.runbooks).items():
        (given.folder / name).write_text(text, encoding="utf-8")
        print(given.folder / name)


if __name__ == "__main__":
    main()
