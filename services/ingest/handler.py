"""What becomes of a submission: accepted, rejected with everything that is wrong with it, or known already.

A function of the submission, the campaigns and what was accepted before, to which it adds. An id that was accepted stays
accepted: the same content again is a repeat, whatever has become of the campaign since, and other content under it is
rejected. A rejection holds codes and field names of the schema, and nothing that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from schemas.accepted import SubmissionAccepted, SubmissionRejected
from schemas.campaign import RequiredField
from schemas.submission import Submission
from schemas.topics import ACCEPTED, REJECTED
from services.ingest.codes import REPEAT, FlagCode
from services.ingest.content import Content, Faults, fingerprint, normalise
from services.pipeline.outcomes import Done, Outcome, emit

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from services.ingest.intake import Sent

SOURCE: Final = "/postbag/ingest"

_DAY: Final = timedelta(days=1)
_END_MS: Final = 253_402_300_800_000
"""The year 10000 in milliseconds since the epoch: datetime ends there, a timestamp of the broker does not."""
_EARLIEST_CONSENT: Final = 2000
_REPEATED: Final[Sequence[Outcome]] = (Done(REPEAT),)

_NOT_OPEN: Final = ("campaign_not_open", "campaign_closed")

_OPTIONAL: Final[dict[RequiredField, tuple[str, str]]] = {
    "prefix": ("prefix", "constituent.prefix"),
    "last_name": ("last_name", "constituent.last_name"),
    "phone": ("phone", "constituent.phone"),
    "address.state": ("state", "constituent.address.state"),
    "message": ("message", "message"),
}
"""What a campaign may require beyond what every submission must have: the name in ``Fields``, and the field path."""


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler knows.

    ``campaign`` gives a published campaign by slug, ``accepted`` the fingerprint of what was accepted under an id (as
    bytes), to which the handler adds what it accepts, and ``now`` is the time, with a zone, that the events carry.
    """

    campaign: Callable[[str], Campaign | None]
    accepted: MutableMapping[bytes, bytes]
    now: datetime


def handle(sent: Sent, deps: Deps) -> Sequence[Outcome]:
    """The one outcome of ``sent``."""
    submission, before = sent.said, deps.accepted.get(sent.key)
    if not isinstance(submission, Submission):
        return reject(sent, {}, None, deps.now, reused=before is not None)
    content = normalise(submission)
    fields, faults, flags, evidence, edited_letter = content
    mark = b""
    if not faults and not sent.faults:
        mark = fingerprint(sent.frontend or "", submission.campaign, fields, evidence, edited_letter)
        if mark == before:
            return _REPEATED
    received = received_at(sent, deps.now, flags)
    campaign = deps.campaign(submission.campaign)
    _check_campaign(campaign, received, content)
    if faults or sent.faults or before is not None:
        return reject(sent, faults, campaign, deps.now, reused=before is not None)
    _remark(sent, submission, received, flags)
    data: dict[str, Any] = {
        "submission_id": sent.submission_id,
        "frontend": sent.frontend,
        "campaign": submission.campaign,
        "constituent": fields.constituent(evidence),
        "fingerprint": mark.hex(),
        "received_at": received,
    }
    if fields.message:
        data["message"] = fields.message
    if edited_letter:
        data["edited_letter"] = edited_letter
    if flags:
        data["flags"] = tuple(flags)
    event = SubmissionAccepted.__pydantic_validator__.validate_python(envelope(sent, data, deps.now))
    deps.accepted[sent.key] = mark
    return (emit(ACCEPTED, sent.key, event),)


def reject(
    sent: Sent, found: Faults, campaign: Campaign | None, now: datetime, *, reused: bool = False
) -> Sequence[Outcome]:
    """``found`` are the faults of the content; what the schema refused already, or what lies in it, is no news.

    ``reused`` says that something else was accepted under the id.
    """
    refused = {path for path, _ in sent.faults}
    absent = tuple(f"{path}." for path, code in sent.faults if code in {"malformed", "required"})
    faults = {*sent.faults}
    faults.update(fault for fault in found.items() if fault[0] not in refused and not fault[0].startswith(absent))
    if reused:
        faults.add(("$", "id_reused"))
    data: dict[str, Any] = {
        "submission_id": sent.submission_id,
        "faults": tuple({"field": path, "code": code} for path, code in sorted(faults)),
    }
    if sent.frontend is not None:
        data["frontend"] = sent.frontend
    if campaign is not None:  # a slug that is no campaign's could be anything that a person typed
        data["campaign"] = campaign.slug
        if found.get("campaign") in _NOT_OPEN:
            data |= {"opens": campaign.opens, "closes": campaign.closes}
    if sent.completes:
        data["completion"] = True
    event = SubmissionRejected.__pydantic_validator__.validate_python(envelope(sent, data, now))
    return (emit(REJECTED, sent.key, event),)


def envelope(sent: Sent, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The attributes of an event about ``sent``, with its ``data``."""
    return {"id": sent.submission_id, "source": SOURCE, "time": now, "traceparent": sent.traceparent, "data": data}


def received_at(sent: Sent, now: datetime, flags: list[FlagCode]) -> datetime:
    """When the broker took ``sent``; now, with a flag, where its timestamp cannot be true."""
    received = _received(sent.timestamp, now)
    if received is None:
        flags.append("received_at_clamped")
        return now
    return received


def remark_key(sent: Sent, flags: list[FlagCode]) -> None:
    """Add a flag where the record's key is not the submission's id."""
    if sent.record_key != sent.key:
        flags.append("key_missing" if sent.record_key is None else "key_mismatch")


@lru_cache(maxsize=8)
def _received(timestamp: int, now: datetime) -> datetime | None:
    """A record's timestamp (milliseconds since the epoch) as a time; None where it cannot be true.

    Cached, because the broker stamps all records that it appends together with the same time.
    """
    if 0 < timestamp < _END_MS:
        received = datetime.fromtimestamp(timestamp / 1000, UTC)
        if received - now < _DAY:
            return received
    return None


def _check_campaign(campaign: Campaign | None, received: datetime, content: Content) -> None:
    """Add to the faults of ``content`` what the campaign has against it."""
    faults = content.faults
    if campaign is None:
        faults["campaign"] = "unknown_campaign"
        return
    if campaign.opens and received < campaign.opens:
        faults["campaign"] = "campaign_not_open"
    if campaign.closes and received >= campaign.closes:
        faults["campaign"] = "campaign_closed"
    if content.edited_letter and not campaign.editable:
        faults["edited_letter"] = "not_editable"
    for required in campaign.required_fields:
        if required in _OPTIONAL:
            name, path = _OPTIONAL[required]
            if not getattr(content.fields, name):
                unusable = name == "phone" and "phone_dropped" in content.flags
                faults.setdefault(path, "malformed" if unusable else "required")


def _remark(sent: Sent, submission: Submission, received: datetime, flags: list[FlagCode]) -> None:
    """Add the flags that are not about the content."""
    remark_key(sent, flags)
    consent = submission.consented_at
    if consent is not None and (consent.year < _EARLIEST_CONSENT or consent - received >= _DAY):
        flags.append("consent_time_implausible")
