"""The observer: looks at the topics and serves what it sees. This file only wires."""

from __future__ import annotations

from services.observe.observer import Observer
from services.observe.settings import ObserveSettings
from services.observe.survey import Surveyor
from services.pipeline import logs
from services.pipeline.process import run_process


def run(settings: ObserveSettings) -> None:
    """Observe until a signal."""
    logs.configure("observe", "0", settings.log_level)
    Observer(settings, Surveyor(settings)).run()


if __name__ == "__main__":
    raise SystemExit(run_process(ObserveSettings, "observe", run))
