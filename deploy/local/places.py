"""Where the local Kafka keeps its things.

In a checkout everything stays inside it, in ignored folders, so that removing the checkout removes all of it; the jars
are shared by the demo, the tests and `postbag up`. Installed without a checkout, the user's cache folder serves.
"""

import os
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]


def project_root() -> Path | None:
    """The checkout this code runs from, or None when it was installed as a package."""
    return _CHECKOUT if (_CHECKOUT / "pyproject.toml").is_file() else None


def jars_dir() -> Path:
    """The folder of Kafka's jars: `POSTBAG_JARS_DIR`, else `.cache/kafka` of the checkout, else the user's cache."""
    if chosen := os.environ.get("POSTBAG_JARS_DIR"):
        return Path(chosen).expanduser().resolve()
    root = project_root()
    return root / ".cache" / "kafka" if root else _user_cache() / "kafka"


def default_home() -> Path:
    """The home of `postbag up`: `.postbag/kafka` of the checkout, else below the user's cache."""
    root = project_root()
    return root / ".postbag" / "kafka" if root else _user_cache() / "home"


def _user_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "postbag"
