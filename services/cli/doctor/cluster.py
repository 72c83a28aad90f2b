"""What the broker told, judged: plain functions, one a check, of what ``services.pipeline.inspection`` brought home.

Each says what was found and, where that is wrong, the remedy. None asks the broker itself, so that every fault can be shown
to it without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.cli.doctor.roles import ROLES, Role

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from services.pipeline.admin import Change
    from services.pipeline.inspection import Cluster, Group, Hanging, Rights

_OLDEST: Final = (2, 8)
"""The first release that knows all requests which the workers and this command send."""
_SKEW_WARN: Final = 2.0
_SKEW_FAIL: Final = 30.0
"""Seconds. Deadlines, not-before times and retention are told by both clocks."""
_SHOWN: Final = 5
"""As many names or places as a finding lists."""


def broker(cluster: Cluster) -> Finding:
    """The cluster answers, and is new enough."""
    said = f"{_count(cluster.brokers, 'broker')}, Kafka {cluster.version}"
    number = tuple(int(part) for part in cluster.version.split(".")[:2])
    if number < _OLDEST:
        return fail("broker", f"{said} is too old", "Run Kafka 2.8 or newer; 4 is what the tests run.")
    return ok("broker", said)


def credentials(rights: Mapping[str, Rights | None], role: Role) -> Finding:
    """This user may do with the topics what its role does."""
    if all(found is None for found in rights.values()):
        return ok("credentials", "accepted; the broker tells no rights")
    missing = [
        f"{right} {topic.name}"
        for right, topics in (("read", ROLES[role].reads), ("write", ROLES[role].writes))
        for topic in topics
        if (found := rights.get(topic.name)) is not None and right not in found
    ]
    if missing:
        return fail(
            "credentials",
            f"accepted, but as {role} this user lacks the right to {_some(missing)}",
            "Grant it (kafka-acls), or say with --role which service's credentials these are.",
        )
    return ok("credentials", f"accepted, with the rights of {role}")


def topics(changes: Sequence[Change]) -> Finding:
    """The topics are as declared."""
    if not changes:
        return ok("topics", "all are as declared")
    absent = [change.topic for change in changes if change.action == "create"]
    refused = [change for change in changes if change.action == "refused"]
    differ = [f"{change.topic}: {change.detail}" for change in changes if change.action == "configure"]
    if refused:
        said = _some([f"{change.topic} {change.detail}" for change in refused])
        return fail("topics", said, "Set POSTBAG_TOPIC_PARTITIONS to what is there, or follow docs/topics.md.")
    said = f"missing: {_some(absent)}" if absent else f"configured otherwise: {_some(differ)}"
    return fail("topics", said, "Run `postbag topics apply`; `postbag topics plan` shows all of it.")


def clock(skew: float) -> Finding:
    """The broker's clock is ``skew`` seconds ahead of this machine's."""
    side = "ahead of" if skew > 0 else "behind"
    said = f"the broker's is {abs(skew):.1f} s {side} this machine's"
    remedy = (
        "Have both keep time by NTP (`timedatectl status`, `chronyc tracking`); deadlines and waits are told by both."
    )
    if abs(skew) > _SKEW_FAIL:
        return fail("clock", said, remedy)
    return warn("clock", said, remedy) if abs(skew) > _SKEW_WARN else ok("clock", said)


def transactions(hanging: Sequence[Hanging], longer_than: float) -> Finding:
    """No transaction holds back the readers of a topic."""
    if not hanging:
        return ok("transactions", f"none is open for more than {longer_than:g} s")
    oldest = hanging[0]
    place = f"{oldest.topic}[{oldest.partition}]@{oldest.offset}"
    said = f"{_count(len(hanging), 'partition')} held back by an open one; since {oldest.seconds:.0f} s at {place}"
    if oldest.transactional_id:
        remedy = (
            f"It is of {oldest.transactional_id}: restart that producer under the same id, which ends it, or abort it"
            f" (kafka-transactions.sh abort --topic … --partition {oldest.partition} --start-offset {oldest.offset})."
        )
    else:
        remedy = (
            "No producer of Postbag's has it open any more: abort it (kafka-transactions.sh abort --topic …"
            f" --partition {oldest.partition} --start-offset {oldest.offset})."
        )
    return fail("transactions", said, remedy)


def workers(before: Sequence[Group], after: Sequence[Group], apart: float) -> list[Finding]:
    """Each service has workers, and what it reads moves; ``before`` and ``after`` are ``apart`` seconds apart."""
    earlier = {group.service: group for group in before}
    return [_group(earlier.get(group.service, group), group, apart) for group in after]


def campaigns(published: Sequence[Campaign], now: datetime) -> Finding:
    """Something can be accepted."""
    if not published:
        return warn(
            "campaigns", "none is published: every submission is rejected", "Run `postbag campaign publish FILE`."
        )
    is_open = [
        one for one in published if not (one.opens and now < one.opens) and not (one.closes and now >= one.closes)
    ]
    over = [one.slug for one in is_open if one.deliver_before and one.deliver_before <= now]
    said = f"{len(published)} published, {len(is_open)} open"
    if over:
        return warn(
            "campaigns",
            f"{said}; past their deadline, and their letters expire: {_some(over)}",
            "Close them (`postbag campaign close`), or publish a version with a later deadline.",
        )
    return ok("campaigns", said)


def _group(before: Group, after: Group, apart: float) -> Finding:
    check = f"workers of {after.service}"
    unread = sum(after.unread.values())
    if not after.members:
        return warn(
            check, f"none is in the group; {unread:,} records wait", f"Start `python -m services.{after.service}`."
        )
    said = f"{_count(after.members, 'member')}, {unread:,} records unread"
    if after.state != "Stable":
        return warn(
            check,
            f"{said}; the group is {after.state}",
            "A rebalance should last seconds. If it lasts, look for workers that restart over and over.",
        )
    still = [
        f"{topic}[{number}]"
        for (topic, number), count in sorted(after.unread.items())
        if count and before.positions.get((topic, number)) == after.positions[topic, number]
    ]
    if still:
        return warn(
            check,
            f"{said}; in {apart:.0f} s nothing moved in {_some(still)}",
            f"Look at the log and /livez of the workers of {after.service}: a stuck one ends itself after"
            " POSTBAG_STUCK_SECONDS. A hanging transaction looks the same.",
        )
    return ok(check, said)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
