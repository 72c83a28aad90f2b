"""What becomes of a completion: passed on to resolve, normalised, or rejected with everything that is wrong with it.

Each field is judged as a submission's is, by the same rules. Intake does not ask what is held under the id, which resolve
knows, nor whether the campaign is still open: the submission came in time, and the person only answers a question that
was put to them. Nothing is remembered, so that a completion can never stand in the way of a submission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas.completion import Completion, CompletionAccepted, SentAmendment
from schemas.topics import ACCEPTED
from services.ingest.address import state_code, zip_code
from services.ingest.codes import FlagCode, Refused
from services.ingest.content import NAME_LIMIT, Faults
from services.ingest.evidence import judge
from services.ingest.handler import Deps, envelope, received_at, reject, remark_key
from services.ingest.text import LINE_LIMIT, line, mixes_scripts
from services.pipeline.outcomes import Outcome, emit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.ingest.intake import Sent

_LIMITS: Final = {
    "line1": LINE_LIMIT,
    "line2": LINE_LIMIT,
    "city": NAME_LIMIT,
    "state": LINE_LIMIT,
    "zip": LINE_LIMIT,
}


def complete(sent: Sent, deps: Deps) -> Sequence[Outcome]:
    """The one outcome of ``sent``, which is a completion."""
    completion = sent.said
    if not isinstance(completion, Completion):
        return reject(sent, {}, None, deps.now)
    faults: Faults = {}
    flags: list[FlagCode] = []
    address = _amendment(completion.address, faults, flags)
    if not address and not faults and not any(path.startswith("address") for path, _ in sent.faults):
        faults["address"] = "required"
    if faults or sent.faults:
        return reject(sent, faults, deps.campaign(completion.campaign), deps.now)
    received = received_at(sent, deps.now, flags)
    remark_key(sent, flags)
    data: dict[str, Any] = {
        "submission_id": sent.submission_id,
        "frontend": sent.frontend,
        "campaign": completion.campaign,
        "address": address,
        "flags": tuple(flags),
        "received_at": received,
    }
    event = CompletionAccepted.__pydantic_validator__.validate_python(envelope(sent, data, deps.now))
    return (emit(ACCEPTED, sent.key, event),)


def _amendment(sent: SentAmendment, faults: Faults, flags: list[FlagCode]) -> dict[str, Any]:
    """As ``schemas.completion.Amendment`` has it; what is blank is not given."""
    address: dict[str, Any] = {}
    for name, limit in _LIMITS.items():
        try:
            _take(name, line(getattr(sent, name), limit), address)
        except Refused as refused:
            faults[f"address.{name}"] = refused.code
    if mixes_scripts(address.get("city", "")):
        flags.append("mixed_script")
    return address | judge(sent.location, sent.district, address.get("state", ""), flags)


def _take(name: str, text: str, address: dict[str, Any]) -> None:
    if not text:
        return
    if name == "state":
        address["state"] = state_code(text)
    elif name == "zip":
        address["zip5"], plus4 = zip_code(text)
        if plus4:
            address["plus4"] = plus4
    else:
        address[name] = text
