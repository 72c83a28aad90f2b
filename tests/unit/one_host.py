"""deploy/compose.yaml as tests look at it: services, what their variables come to, and which settings each one reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

from services.deliver.settings import DeliverSettings
from services.ingest.settings import IngestSettings
from services.observe.settings import ObserveSettings
from services.pipeline.settings import KafkaSettings, WorkerSettings
from services.render.settings import RenderSettings
from services.resolve.settings import ResolveSettings

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
COMPOSE: Final[str] = (DEPLOY / "compose.yaml").read_text("utf-8")
EXAMPLE: Final[str] = (DEPLOY / ".env.example").read_text("utf-8")
VARIABLE: Final = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
WORKERS: Final[dict[str, type[WorkerSettings]]] = {
    "ingest": IngestSettings,
    "resolve": ResolveSettings,
    "render": RenderSettings,
    "deliver": DeliverSettings,
}
SERVICES: Final[dict[str, type[KafkaSettings]]] = {**WORKERS, "observe": ObserveSettings}
OURS: Final[dict[str, type[KafkaSettings]]] = {**SERVICES, "topics": KafkaSettings, "cli": KafkaSettings}


def filled(text: str) -> str:
    """``text`` as Compose reads it where nothing is set: each variable by its default."""
    return VARIABLE.sub(lambda found: found[2] or "", text)


def composed(text: str = COMPOSE) -> dict[str, Any]:
    """The file with its variables filled in."""
    made: dict[str, Any] = yaml.safe_load(filled(text))
    return made


HOST: Final = composed()


def known(kind: type[KafkaSettings]) -> set[str]:
    """The variables that a service reads."""
    return {f"POSTBAG_{name.upper()}" for name in kind.model_fields}


def example() -> dict[str, str]:
    """What .env.example sets or shows, in a comment or not."""
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def seconds(duration: str) -> float:
    """A duration of Compose, such as ``1m30s``."""
    parts = re.findall(r"(\d+)(h|m|s)", duration)
    assert "".join(number + unit for number, unit in parts) == duration
    return sum(float(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts)


def mounts(service: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Where each folder of a container comes from, and whether it may be written."""
    parts = [volume.split(":") for volume in service.get("volumes", ())]
    return {part[1]: (part[0], part[2:] != ["ro"]) for part in parts}
