"""What the image installs is complete: the wheel, built of what the Dockerfile copies, has every file of the packages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.unit.one_host import ROOT

LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


def test_the_wheel_of_what_is_copied_has_every_file_and_the_command(tmp_path: Path) -> None:
    lines = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    for source in [name for line in lines for name in line.split()[:-1]]:
        target = tmp_path / "build" / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=LEFT_OUT)
        else:
            shutil.copyfile(ROOT / source, target)
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    built = subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", str(tmp_path / "wheels"), str(tmp_path / "build")],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        inside = {name for name in opened.namelist() if ".dist-info/" not in name}
        (entries,) = [opened.read(name).decode() for name in opened.namelist() if name.endswith("entry_points.txt")]
    packages = [tmp_path / "build" / name for name in ("schemas", "services", "deploy")]
    there = {
        path.relative_to(tmp_path / "build").as_posix() for one in packages for path in one.rglob("*") if path.is_file()
    }
    assert inside == there
    assert {"services/render/forms/paper/letter.typ", "services/resolve/sample/zips.csv"} <= inside, (
        "and not code alone"
    )
    assert "postbag = services.cli.__main__:main" in entries
