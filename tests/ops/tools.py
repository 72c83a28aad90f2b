"""Prometheus and its two checkers: found on the PATH, or installed from Debian's archive where that may be done."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

PACKAGES: Final = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "amtool": "prometheus-alertmanager",
}
"""The Debian package of each program."""

Say = Callable[[str], None]


class ToolsMissing(RuntimeError):
    """Something that the check needs is not here; the message says how to get it."""


def missing() -> list[str]:
    """The programs that are not on the PATH."""
    return [program for program in PACKAGES if shutil.which(program) is None]


def require(say: Say) -> None:
    """Install what is missing, with apt-get and as root or by sudo. Raises ``ToolsMissing`` where that cannot be done."""
    absent = missing()
    if not absent:
        return
    packages = sorted({PACKAGES[program] for program in absent})
    by_hand = f"{', '.join(absent)} must be on the PATH: on Debian and Ubuntu `apt-get install {' '.join(packages)}`, "
    by_hand += "elsewhere the releases of Prometheus and Alertmanager"
    apt = shutil.which("apt-get")
    root = [] if os.geteuid() == 0 else [sudo, "-n"] if (sudo := shutil.which("sudo")) else None
    if apt is None or root is None:
        raise ToolsMissing(by_hand)
    say(f"Installing {' and '.join(packages)} with apt-get (about a minute) ...")
    quietly = ["env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq", "-o", "Dpkg::Use-Pty=0"]
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run([*root, *quietly, *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ToolsMissing(f"apt-get {command[0]} failed: {done.stderr.strip()[-300:]}. {by_hand}")
    if absent := missing():
        raise ToolsMissing(f"apt-get installed the packages, and {', '.join(absent)} is still not there")


def checked(*command: str) -> str | None:
    """None if a checker finds nothing to complain of, otherwise what it says."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()
