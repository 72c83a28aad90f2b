"""The two files as they are read: objectives with what counts as bad, and symptoms with what they ask of a person.

A slip in them is found here, by name and before any rule is written, and not by an alert that never fires.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from deploy.alerts.pace import in_seconds

WINDOW: Final = "[window]"
"""What stands in an objective's expressions where the window of a rate goes."""


def _duration(value: str) -> str:
    in_seconds(value)
    return value


Duration = Annotated[str, AfterValidator(_duration)]
Sentence = Annotated[str, Field(min_length=10, pattern=r"^[A-Z{].*[.]$")]
Severity = Literal["page", "ticket", "none"]
"""``page`` wakes somebody, ``ticket`` waits for the working day; ``none`` is for the alert that always fires."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Slo(_Read):
    """An objective: the share (``objective``) of events, or of time, that is good over 30 days.

    Events: ``bad`` and ``total`` count them within ``[window]``, and below ``at_least`` of them in the long window of an
    alert there is none. Time: ``bad_while`` is 1 where things are bad and 0 where not.
    """

    slo: Annotated[str, Field(pattern=r"^[a-z]+$")]
    alert: Annotated[str, Field(pattern=r"^Postbag[A-Za-z]+$")]
    objective: Annotated[float, Field(gt=0.5, lt=1)]
    promise: Sentence
    bad_while: str | None = None
    bad: str | None = None
    total: str | None = None
    at_least: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _is_one_kind(self) -> Slo:
        counted = self.bad is not None and self.total is not None
        if counted == (self.bad_while is not None) or (self.bad is None) != (self.total is None):
            raise ValueError(f"{self.slo}: give either bad and total, or bad_while")
        if any(text is not None and WINDOW not in text for text in (self.bad, self.total)):
            raise ValueError(f"{self.slo}: bad and total need {WINDOW} where the window goes")
        return self


class Symptom(_Read):
    """An alert on what operators would see: ``expr`` has ``[10m]`` for windows, ``seconds(10m)`` for thresholds of time."""

    alert: Annotated[str, Field(pattern=r"^Postbag[A-Za-z]+$")]
    severity: Severity
    expr: str
    wait: Annotated[Duration | None, Field(alias="for")] = None
    summary: Sentence
    description: Sentence


class Objectives(_Read):
    """slo.yaml."""

    slos: tuple[Slo, ...]


class Symptoms(_Read):
    """alerts.yaml; ``runbooks`` is where the pages of alerts are found, put before ``/<Alert>.md``."""

    runbooks: str
    alerts: tuple[Symptom, ...]


def read_objectives(file: Path) -> Objectives:
    """slo.yaml. Raises ``OSError`` and ``ValueError``."""
    return Objectives.model_validate(yaml.safe_load(file.read_text("utf-8")))


def read_symptoms(file: Path) -> Symptoms:
    """alerts.yaml. Raises ``OSError`` and ``ValueError``, and that for a name that is there twice."""
    read = Symptoms.model_validate(yaml.safe_load(file.read_text("utf-8")))
    names = [one.alert for one in read.alerts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{twice[0]} is there twice")
    return read
