"""What lies on this machine, looked at: settings, the files they name, reference data, the offices, space on the disk.

The settings are those of the environment in which the command runs, so it is run where a worker runs, with its variables.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.deliver.offices import Offices
from services.deliver.settings import DeliverSettings
from services.ingest.settings import IngestSettings
from services.observe.settings import ObserveSettings
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import KafkaSettings, load
from services.render.settings import RenderSettings
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.shelf import choose
from services.resolve.reference.reference import open_reference
from services.resolve.settings import ResolveSettings
from services.resolve.tables import InvalidReferenceError

if TYPE_CHECKING:
    from services.resolve.reference.reference import Reference

SERVICES: Final[Mapping[str, type[KafkaSettings]]] = {
    "ingest": IngestSettings,
    "resolve": ResolveSettings,
    "render": RenderSettings,
    "deliver": DeliverSettings,
    "observe": ObserveSettings,
}
_ROSTER_DAYS: Final = 45
"""Seats change hands within weeks: a roster this old knows of no special election since."""
_MEBIBYTE: Final = 1 << 20
_SPACE_FAIL: Final = 256 * _MEBIBYTE
_SPACE_WARN: Final = 2048 * _MEBIBYTE
"""Bytes free. The index of ten million letters is about a gigabyte, and is written anew where it is lost."""


def settings() -> list[Finding]:
    """Each service's settings are sound, and the files that they name can be read."""
    found = []
    for service, kind in SERVICES.items():
        check = f"settings of {service}"
        try:
            one = load(kind)
        except SettingsRefused as error:
            found.append(fail(check, str(error), "Correct those variables; `--print-config` shows what is in effect."))
            continue
        found.append(_files(check, one))
    return found


def reference(place: str, now: float) -> Finding:
    """The reference data can be opened and knows the present; ``place`` is POSTBAG_REFERENCE, ``now`` in epoch seconds."""
    check = "reference data"
    try:
        opened = open_reference(choose(Path(place)) if place else None)
    except (ImportRefused, InvalidReferenceError, OSError) as error:
        return fail(
            check, str(error), "Build it anew (`postbag refdata build`), or take the last one back (`activate`)."
        )
    try:
        return _aged(check, opened, now, sample=not place)
    finally:
        opened.close()


def offices(settings: DeliverSettings) -> Finding:
    """The file of offices can be read and makes sense."""
    if settings.offices is None:
        return ok("offices", f"no file: every office by {settings.channel}, at its usual pace")
    try:
        found = Offices.load(settings.offices, settings.channel, settings.concurrency)
    except (SettingsRefused, OSError) as error:
        return fail("offices", str(error), "Correct the file that POSTBAG_OFFICES names (docs/offices.md).")
    return ok("offices", f"{settings.offices} is sound; channels in it: {', '.join(found.channels())}")


def disk(folder: Path) -> Finding:
    """There is room for the workers' files in ``folder``, and they may be written."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not os.access(there, os.W_OK | os.X_OK):
        return fail("disk", f"{folder} cannot be written", "Give the service's user the folder POSTBAG_STATE_DIR.")
    free = shutil.disk_usage(there).free
    said = f"{free // _MEBIBYTE:,} MiB free at {folder}"
    remedy = "Make room, or point POSTBAG_STATE_DIR elsewhere: what is in it is rebuilt from the topics."
    if free < _SPACE_FAIL:
        return fail("disk", said, remedy)
    return warn("disk", said, remedy) if free < _SPACE_WARN else ok("disk", said)


def _files(check: str, settings: KafkaSettings) -> Finding:
    """The files that a service's settings name, folders left out: those it makes itself."""
    named = {
        name: value
        for name in type(settings).model_fields
        if isinstance(value := getattr(settings, name), Path) and not name.endswith("_dir")
    }
    unreadable = [name for name, path in named.items() if not os.access(path, os.R_OK)]
    if unreadable:
        names = _variables(unreadable)
        return fail(check, f"{names}: the file cannot be read", "Put it there, readable for the service's user.")
    bare = [name for name in named if _is_secret(settings, name) and named[name].stat().st_mode & stat.S_IROTH]
    if bare:
        return warn(
            check, f"{_variables(bare)}: everybody on this machine can read it", "Take that right away (chmod o-r)."
        )
    return ok(check, "sound" + (f", and {len(named)} files in them readable" if named else ""))


def _is_secret(settings: KafkaSettings, name: str) -> bool:
    """Whether a file holds a secret: the setting that it stands in for does, or it is a key."""
    return name.endswith("_key_file") or isinstance(getattr(settings, name.removesuffix("_file"), None), SecretStr)


def _variables(names: Iterable[str]) -> str:
    return ", ".join(f"POSTBAG_{name.upper()}" for name in names)


def _aged(check: str, opened: Reference, now: float, *, sample: bool) -> Finding:
    if sample:
        return warn(
            check,
            "the small sample that comes with Postbag, for demonstrations: most addresses cannot be resolved by it",
            "Build the real one and name it in POSTBAG_REFERENCE (docs/refdata.md).",
        )
    if opened.at(now).plan("represented_by") is None:
        return fail(check, f"{opened.version} has no map that is in force today", "Build one from this Congress's map.")
    roster = opened.manifest.roster
    if roster is None:
        return fail(check, f"{opened.version} does not know who holds the seats", "Build it with a roster.")
    days = (datetime.fromtimestamp(now, UTC).date() - roster.published_on).days
    said = f"{opened.version}, its roster {days} days old"
    if days > _ROSTER_DAYS:
        return warn(check, said, "Build it anew with the newest roster (`postbag refdata pull`, then `build`).")
    return ok(check, said)
