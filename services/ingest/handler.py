"""What becomes of a submission: accepted, rejected with everything that is wrong with it, or known already.

A plain function of the submission, the campaigns and what was accepted before. An id that was accepted stays accepted:
the same content again is a repeat, whatever has become of the campaign since, and other content under it is rejected. A
rejection holds codes and field names of the schema, and nothing that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from schemas.accepted import SubmissionAccepted, SubmissionRejected
from schemas.topics import ACCEPTED, REJECTED
from services.ingest.codes import REPEAT, Fault, FlagCode
from services.ingest.content import Content, fingerprint, normalise
from services.pipeline.outcomes import Done, Emit, Outcome

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from schemas.submission import Submission
    from services.ingest.intake import Sent

SOURCE: Final = "/postbag/ingest"

_DAY: Final = timedelta(days=1)
_END_MS: Final = 253_402_300_800_000
"""The year 10000 in milliseconds since the epoch: datetime ends there, a timestamp of the broker does not."""
_EARLIEST_CONSENT: Final = 2000
_REPEATED: Final[Sequence[Outcome]] = (Done(REPEAT),)


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler knows.

    ``campaign`` gives a published campaign by slug, ``accepted`` the fingerprint of what was accepted under an id (as
    bytes), and ``now`` is the time, with a zone, that the events carry.
    """

    campaign: Callable[[str], Campaign | None]
    accepted: Mapping[bytes, bytes]
    now: datetime


def handle(sent: Sent, deps: Deps) -> Sequence[Outcome]:
    """The one outcome of ``sent``."""
    submission, before = sent.submission, deps.accepted.get(sent.key)
    if submission is None:
        return _reject(sent, [], None, deps, reused=before is not None)
    content = normalise(submission)
    mark = b""
    if not content.faults and not sent.faults:
        mark = fingerprint(sent.frontend or "", submission.campaign, content)
        if mark == before:
            return _REPEATED
    received = _received(sent.timestamp, deps.now)
    campaign = deps.campaign(submission.campaign)
    _check_campaign(campaign, received or deps.now, content)
    if content.faults or sent.faults or before is not None:
        return _reject(sent, content.faults, campaign, deps, reused=before is not None)
    data: dict[str, Any] = {
        "submission_id": sent.submission_id,
        "frontend": sent.frontend,
        "campaign": submission.campaign,
        "constituent": content.constituent,
        "fingerprint": mark.hex(),
        "received_at": received or deps.now,
    }
    if content.message:
        data["message"] = content.message
    _remark(sent, submission, received, deps.now, content.flags)
    if content.flags:
        data["flags"] = tuple(content.flags)
    event = SubmissionAccepted.__pydantic_validator__.validate_python(_envelope(sent, data, deps.now))
    return (Emit(ACCEPTED, sent.key, event),)


def _reject(
    sent: Sent, found: list[Fault], campaign: Campaign | None, deps: Deps, *, reused: bool
) -> Sequence[Outcome]:
    """``found`` are the faults of the content; those in what the schema refused already are no news."""
    refused = {path for path, _ in sent.faults}
    faults = dict.fromkeys(sent.faults)
    faults.update((fault, None) for fault in found if not _is_within(fault[0], refused))
    if reused:
        faults["$", "id_reused"] = None
    data: dict[str, Any] = {
        "submission_id": sent.submission_id,
        "faults": tuple({"field": path, "code": code} for path, code in sorted(faults)),
    }
    if sent.frontend is not None:
        data["frontend"] = sent.frontend
    if campaign is not None:  # a slug that is no campaign's could be anything that a person typed
        data["campaign"] = campaign.slug
    event = SubmissionRejected.__pydantic_validator__.validate_python(_envelope(sent, data, deps.now))
    return (Emit(REJECTED, sent.key, event),)


def _is_within(path: str, refused: set[str]) -> bool:
    return path in refused or any(path.startswith(f"{parent}.") for parent in refused)


def _envelope(sent: Sent, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {"id": sent.submission_id, "source": SOURCE, "time": now, "traceparent": sent.traceparent, "data": data}


def _received(timestamp: int, now: datetime) -> datetime | None:
    """A record's timestamp (milliseconds since the epoch) as a time; None where it cannot be true."""
    if 0 < timestamp < _END_MS:
        received = datetime.fromtimestamp(timestamp / 1000, UTC)
        if received - now < _DAY:
            return received
    return None


def _check_campaign(campaign: Campaign | None, received: datetime, content: Content) -> None:
    """Add to the faults of ``content`` what the campaign has against it."""
    faults = content.faults
    if campaign is None:
        faults.append(("campaign", "unknown_campaign"))
        return
    if campaign.opens and received < campaign.opens:
        faults.append(("campaign", "campaign_not_open"))
    if campaign.closes and received >= campaign.closes:
        faults.append(("campaign", "campaign_closed"))
    for name in content.blank:
        if name in campaign.required_fields:
            path = name if name == "message" else f"constituent.{name}"
            unusable = name == "phone" and "phone_dropped" in content.flags
            faults.append((path, "malformed" if unusable else "required"))


def _remark(
    sent: Sent, submission: Submission, received: datetime | None, now: datetime, flags: list[FlagCode]
) -> None:
    """Add the flags that are not about the content."""
    if sent.record_key != sent.key:
        flags.append("key_missing" if sent.record_key is None else "key_mismatch")
    if received is None:
        flags.append("received_at_clamped")
    consent = submission.consented_at
    if consent is not None and (consent.year < _EARLIEST_CONSENT or consent - (received or now) >= _DAY):
        flags.append("consent_time_implausible")
