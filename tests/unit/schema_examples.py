"""The golden examples and the published models, as the schema tests use them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from schemas.publish import EXAMPLES, PUBLISHED
from schemas.wire import Wire

FILES: Final = sorted(EXAMPLES.glob("*/*.json"))
EACH_EXAMPLE: Final = pytest.mark.parametrize(
    "example", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES]
)
EACH_TYPE: Final = pytest.mark.parametrize("name", sorted(PUBLISHED))
STRICT: Final = frozenset(
    {"org.postbag.submission.sent.v1", "org.postbag.submission.bare.v1"}
    | {"org.postbag.submission.completed.v1", "org.postbag.completion.bare.v1"}
)
"""Types whose data comes from frontends: a field that is unknown there is refused."""
ENVELOPES: Final = tuple(name for name in sorted(PUBLISHED) if "type" in PUBLISHED[name].model_fields)


def model(example: Path) -> type[Wire]:
    """The model that an example file is an example of."""
    return PUBLISHED[example.parent.name]


def full(name: str) -> dict[str, Any]:
    """The example of ``name`` that has every field, parsed: the newest, where the type has grown since the first."""
    newest = max((EXAMPLES / name).glob("full*.json"), key=lambda path: (len(path.stem), path.stem))
    document: dict[str, Any] = json.loads(newest.read_bytes())
    return document


def compact(document: object) -> bytes:
    """The document as the writer would put it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def places(document: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in a document, the outermost first."""
    yield at
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*at, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from places(value, (*at, index))


def found(document: Any, at: tuple[str | int, ...]) -> Any:
    """What stands at a path."""
    for step in at:
        document = document[step]
    return document
