"""Reads YAML as strictly as JSON is read: a key stands once, and nothing but text, numbers, truth values and days is taken.

The result goes through pydantic as JSON, so that a file's types mean the same whichever way they are written.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from services.resolve.importers.errors import ImportRefused

_EXPLAINED: Final = "How it is written is explained in docs/refdata.md"


def as_json(file: Path) -> str:
    """A YAML file's content as JSON. Raises ``ImportRefused`` if it is none, ``OSError`` if it cannot be read."""
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - it is a safe one
        return json.dumps(content, default=_plain, allow_nan=False)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ImportRefused(file, f"is not YAML in UTF-8: {error}", _EXPLAINED) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise ImportRefused(file, f"holds what has no place in it: {error}", _EXPLAINED) from None


class _Loader(yaml.SafeLoader):
    """YAML in which a key stands once: PyYAML would let the last one win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in known:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            known.add(str(key.value))
        return super().construct_mapping(node, deep)


def _plain(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"a value of type {type(value).__name__}")
