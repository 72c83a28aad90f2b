"""Writes ``schemas/published``: the JSON Schema (draft 2020-12) of every event, for whoever is not a Python program.

Run as ``python -m schemas.publish``; with ``--check`` it only compares, and names what differs. The files are generated
from the models, so that the two cannot drift apart, and committed, so that a change of shape is seen in review. They say
what a reader takes (a field with a default may be left out); the writer leaves out what is absent and nothing else. It
must never invent a keyword: what is not in a model is not in its schema.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from schemas.accepted import SubmissionAccepted, SubmissionRejected
from schemas.campaign import CampaignFile, CampaignPublished
from schemas.completion import BareCompletion, CompletionAccepted, CompletionSent
from schemas.control import ControlGiven
from schemas.ledger import LedgerWritten
from schemas.letter import LetterRendered
from schemas.report import LetterReported
from schemas.resolved import SubmissionHeld, SubmissionReleased, SubmissionResolved
from schemas.settlement import DeadSettled
from schemas.submission import BareSubmission, SubmissionSent
from schemas.wire import Wire

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FOLDER: Final = Path(__file__).with_name("published")
EXAMPLES: Final = Path(__file__).with_name("examples")
"""Golden examples, ``<event type>/<name>.json``: added to, never edited, since today's reader must read yesterday's."""

_EVENTS: Final[tuple[type[Wire], ...]] = (
    SubmissionSent,
    CompletionSent,
    SubmissionAccepted,
    CompletionAccepted,
    SubmissionRejected,
    SubmissionResolved,
    SubmissionHeld,
    SubmissionReleased,
    LetterRendered,
    LedgerWritten,
    LetterReported,
    DeadSettled,
    CampaignPublished,
    ControlGiven,
)
PUBLISHED: Final[Mapping[str, type[Wire]]] = {
    **{str(event.model_fields["type"].default): event for event in _EVENTS},
    "org.postbag.submission.bare.v1": BareSubmission,
    "org.postbag.completion.bare.v1": BareCompletion,
    "org.postbag.campaign.file.v1": CampaignFile,
}
"""Every published model by its event type. The last three are not events: a submission and a completion without
an envelope, and the campaign file, whose schema an editor can hold a YAML file to."""

_FIRST: Final = ("$schema", "$id", "title", "description", "type", "required", "properties")


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of the published model ``name``, keywords in one fixed order and properties in the model's."""
    generated = PUBLISHED[name].model_json_schema(schema_generator=_Plain)
    ordered: dict[str, Any] = _ordered({"$schema": DIALECT, "$id": f"urn:postbag:schema:{name}", **generated})
    return ordered


def text(name: str) -> str:
    """The published file of ``name``, to the last byte."""
    return json.dumps(schema(name), ensure_ascii=False, indent=2) + "\n"


def drift(folder: Path = FOLDER) -> list[str]:
    """File names in ``folder`` that are missing, superfluous or not what the models say."""
    wanted = {f"{name}.json": text(name) for name in PUBLISHED}
    found = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def publish(folder: Path = FOLDER) -> list[str]:
    """Make ``folder`` what the models say; returns the file names that changed."""
    changed = drift(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file in changed:
        name = file.removesuffix(".json")
        if name in PUBLISHED:
            (folder / file).write_text(text(name), "utf-8")
        else:
            (folder / file).unlink()
    return changed


class _Plain(GenerateJsonSchema):
    """Without a title a field, which would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _ordered(part: Any, *, names: bool = False) -> Any:
    """Keywords in a fixed order, whatever order a release of pydantic makes them in.

    Under ``names`` keys are no keywords: properties keep the model's order, which is how a person reads them.
    """
    if isinstance(part, list):
        return [_ordered(one) for one in part]
    if not isinstance(part, dict):
        return part
    keys = list(part) if names else [*(key for key in _FIRST if key in part), *sorted(part.keys() - set(_FIRST))]
    return {key: _ordered(part[key], names=not names and key in ("properties", "$defs")) for key in keys}


def main(arguments: list[str]) -> int:
    """0 where all is (now) as the models say; 1 where ``--check`` found a difference."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m schemas.publish [--check]", file=sys.stderr)  # noqa: T201 - the command's output
        return 2
    if not arguments:
        changed = publish()
        print(f"{len(PUBLISHED)} schemas in schemas/published, {len(changed)} of them changed.")  # noqa: T201 - ditto
        return 0
    differing = drift()
    for name in differing:
        print(f"schemas/published/{name} is not what the models say: run `make schemas`.", file=sys.stderr)  # noqa: T201 - ditto
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
