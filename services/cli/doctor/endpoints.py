"""The workers themselves, asked at their ``/livez``, ``/readyz`` and ``/metrics``, as a cluster and Prometheus ask them.

Which they are, the caller says (``--workers``): nothing is guessed from the network.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from typing import Final, NamedTuple

from services.cli.doctor.finding import Finding, fail, ok, warn

_PATIENCE_SECONDS: Final = 5.0
_BUILD: Final = re.compile(r'^postbag_build\w*\{[^}]*version="([^"]{1,60})"', re.MULTILINE)


class Worker(NamedTuple):
    """What one of them said: the statuses of two of its pages, and the release that it runs."""

    alive: int
    ready: int
    version: str


def endpoints(places: Sequence[str]) -> list[Finding]:
    """What each of ``places`` (``host:port``) says, and whether all run the same release."""
    found: list[Finding] = []
    versions: dict[str, str] = {}
    for place in places:
        check = f"worker at {place}"
        try:
            told = _ask(place)
        except (OSError, HTTPException, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            found.append(
                fail(
                    check,
                    f"does not answer ({why})",
                    "See that it runs, and that POSTBAG_METRICS_HOST and POSTBAG_METRICS_PORT let others reach it.",
                )
            )
            continue
        found.append(_judge(check, told))
        versions[place] = told.version
    if len(set(versions.values())) > 1:
        said = ", ".join(f"{place} {version}" for place, version in versions.items())
        found.append(
            warn("releases", f"not all workers run the same: {said}", "End the roll-out, readers before writers.")
        )
    return found


def _judge(check: str, told: Worker) -> Finding:
    if told.alive != 200:
        return fail(check, "its loop does not turn", "It ends itself after POSTBAG_STUCK_SECONDS; its log says why.")
    if told.ready != 200:
        return warn(
            check,
            f"alive, release {told.version}, and not ready: it owns no partition",
            "That is right for more replicas than partitions, and for some seconds after a start.",
        )
    return ok(check, f"alive and ready, release {told.version}")


def _ask(place: str) -> Worker:
    host, _, port = place.rpartition(":")
    said: list[int] = []
    for path in ("/livez", "/readyz", "/metrics"):
        connection = HTTPConnection(host.strip("[]") or "127.0.0.1", int(port), timeout=_PATIENCE_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        said.append(answer.status)
    build = _BUILD.search(body)
    return Worker(said[0], said[1], build[1] if build else "unknown")
