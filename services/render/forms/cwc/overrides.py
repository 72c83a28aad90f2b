"""The operator's changes to the tables of rules: a YAML or JSON file that ``POSTBAG_CWC_RULES`` names.

A chamber can change a limit on any day. What may change is what a rule allows; elements can neither be added nor moved,
because the writer would not know of them. Reading is strict: whatever is not understood is refused by name, at start, since a
slip here would be found out by an office.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.render.forms.cwc.rules import Rules
from services.render.forms.cwc.table import HOUSE, SENATE

_LONGEST: Final = 100_000
_Count = Annotated[int, Field(ge=0, le=_LONGEST)]


class RulesRefused(ValueError):
    """The file of changed rules cannot be used; the message names the file and the row."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RowChange(_Strict):
    """What a row can be given: see ``Rule``. What is not named stays."""

    required: bool | None = None
    least: _Count | None = None
    most: _Count | None = None
    pattern: str | None = None
    values: list[Annotated[str, Field(min_length=1)]] | None = None


class _File(_Strict):
    house: dict[str, RowChange] = {}
    senate: dict[str, RowChange] = {}


def load_rules(path: Path | None) -> tuple[Rules, Rules]:
    """The House's rules and the Senate's, changed as the file at ``path`` says. Raises ``RulesRefused``."""
    if path is None:
        return HOUSE, SENATE
    try:
        raw = path.read_bytes()
        file = _File.model_validate(yaml.load(raw, _Loader) or {})  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise RulesRefused(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RulesRefused(f"{path}: {error}") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in error.errors())
        raise RulesRefused(f"{path}: {faults}") from None
    mark = hashlib.sha256(raw).hexdigest()[:8]
    return _changed(path, HOUSE, file.house, mark), _changed(path, SENATE, file.senate, mark)


def _changed(path: Path, rules: Rules, changes: dict[str, RowChange], mark: str) -> Rules:
    if not changes:
        return rules
    rows = dict(rules.rows)
    for name, change in changes.items():
        place = f"{path}: {rules.chamber}.{name}"
        if name not in rows:
            raise RulesRefused(f"{place}: there is no such element")
        given: dict[str, Any] = change.model_dump(exclude_none=True)
        if not given:
            raise RulesRefused(f"{place}: changes nothing")
        if rows[name].kind == "group" and given.keys() != {"required"}:
            raise RulesRefused(f"{place}: holds elements and no text, so that only `required` can be changed")
        if "values" in given:
            given["values"] = tuple(given["values"])
        try:
            row = rows[name] = replace(rows[name], **given)
        except re.error as error:
            raise RulesRefused(f"{place}: pattern: {error}") from None
        if row.most and row.least > row.most:
            raise RulesRefused(f"{place}: least is over most")
    return replace(rules, version=f"{rules.version}+{mark}", rows=MappingProxyType(rows))


class _Loader(yaml.SafeLoader):
    """YAML in which a key stands once: PyYAML would let the last one win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known: list[Any] = []
        for key, _ in node.value:
            if key.value in known:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            known.append(key.value)
        return super().construct_mapping(node, deep)
