"""One process of Postbag: its settings, its log, and an exit code that says why it ended (``services.pipeline.errors``).

What every service's ``__main__`` comes to, a worker or not: ``--print-config`` and ``--help`` are the same everywhere, and
whatever ends a process is the last line of its log.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Never, TypeVar

from services.pipeline import logs
from services.pipeline.errors import PostbagError
from services.pipeline.settings import KafkaSettings, describe, load

log = logging.getLogger(__name__)
S = TypeVar("S", bound=KafkaSettings)


def run_process(kind: type[S], service: str, run: Callable[[S], None]) -> int:
    """Load the settings and ``run`` with them, until that ends; returns the exit code."""
    logs.configure(service, "unknown", "INFO")  # before the settings, for what is wrong with them must be readable
    try:
        settings = load(kind)
        if "--print-config" in sys.argv[1:]:
            print(json.dumps(describe(settings), indent=2))  # noqa: T201 - it is what was asked for
            return 0
        if set(sys.argv[1:]) & {"-h", "--help"}:
            usage = f"usage: python -m services.{service} [--print-config]\n\n{kind.__doc__}"
            print(f"{usage}\nSettings: docs/reference/settings.md")  # noqa: T201 - ditto
            return 0
        run(settings)
    except PostbagError as error:
        log.critical("worker_ended", extra={"error_type": type(error).__name__, "error": str(error)})
        return error.exit_code
    except Exception:
        log.critical("worker_crashed", exc_info=True)
        return 1
    return 0


def end_at_once(error: PostbagError) -> Never:
    """End the process from any of its threads: for a call that never returns, and so can never be interrupted."""
    log.critical("worker_ended", extra={"error_type": type(error).__name__, "error": str(error)})
    sys.stdout.flush()
    os._exit(error.exit_code)
