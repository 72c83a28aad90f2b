"""Each check of the cluster: what is well is said to be, and each fault is told with its remedy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.topics import ALL
from services.cli.doctor import cluster
from services.cli.doctor.finding import Finding
from services.cli.doctor.roles import ROLES
from services.pipeline.admin import Change
from services.pipeline.inspection import Cluster, Group, Hanging
from tests.unit import made

EVERYTHING = frozenset({"read", "write", "describe"})


def told(finding: Finding) -> tuple[str, str]:
    """Its verdict and all its words; what is not well must say what to do."""
    assert (finding.verdict == "ok") == (not finding.remedy)
    return finding.verdict, f"{finding.said} {finding.remedy}"


def group(unread: int = 0, at: int = 5, members: int = 1, state: str = "Stable") -> Group:
    return Group("render", state, members, {("resolved", 3): unread}, {("resolved", 3): at})


def test_a_broker_of_today_is_well_and_an_old_one_is_not() -> None:
    assert told(cluster.broker(Cluster(3, "4.1.0"))) == ("ok", "3 brokers, Kafka 4.1.0 ")
    verdict, said = told(cluster.broker(Cluster(1, "2.7.1")))
    assert (verdict, "1 broker, Kafka 2.7.1 is too old Run Kafka 2.8 or newer" in said) == ("fail", True)


def test_rights_are_held_to_the_role() -> None:
    everything = dict.fromkeys((topic.name for topic in ALL), EVERYTHING)
    for role in ROLES:
        assert told(cluster.credentials(everything, role)) == ("ok", f"accepted, with the rights of {role} ")
    less = everything | {"letters": frozenset({"read", "describe"})}
    assert cluster.credentials(less, "deliver").verdict == "ok", "deliver only reads them"
    verdict, said = told(cluster.credentials(less, "render"))
    assert (verdict, "as render this user lacks the right to write letters" in said) == ("fail", True)
    assert "kafka-acls" in said
    assert cluster.credentials(dict.fromkeys(everything, None), "render").verdict == "ok", "a broker without rights"


@pytest.mark.parametrize(
    ("action", "detail", "verdict", "word"),
    [
        ("create", "8 partitions", "missing: p.ledger", "postbag topics apply"),
        (
            "configure",
            "cleanup.policy delete -> compact",
            "otherwise: p.ledger: cleanup.policy",
            "postbag topics apply",
        ),
        ("refused", "has 4 partitions and 8 are declared", "p.ledger has 4 partitions", "POSTBAG_TOPIC_PARTITIONS"),
    ],
)
def test_a_topic_that_differs_is_named(action: str, detail: str, verdict: str, word: str) -> None:
    found = cluster.topics([Change("p.ledger", action, detail, {})])  # type: ignore[arg-type]
    assert told(found)[0] == "fail"
    assert verdict in found.said
    assert word in found.remedy
    assert cluster.topics([]).verdict == "ok"


def test_many_missing_topics_are_not_all_listed() -> None:
    found = cluster.topics([Change(f"t{number}", "create", "", {}) for number in range(8)])
    assert found.said == "missing: t0, t1, t2, t3, t4 and 3 more"


@pytest.mark.parametrize(
    ("skew", "verdict", "said"),
    [
        (0.4, "ok", "the broker's is 0.4 s ahead of this machine's"),
        (-1.9, "ok", "the broker's is 1.9 s behind this machine's"),
        (2.1, "warn", "the broker's is 2.1 s ahead of this machine's"),
        (-45.0, "fail", "the broker's is 45.0 s behind this machine's"),
    ],
)
def test_clocks_may_differ_by_two_seconds(skew: float, verdict: str, said: str) -> None:
    found = cluster.clock(skew)
    assert (told(found)[0], found.said) == (verdict, said)
    assert verdict == "ok" or "NTP" in found.remedy


def test_a_hanging_transaction_is_named_with_who_can_end_it() -> None:
    assert told(cluster.transactions([], 900))[0] == "ok"
    ours = Hanging("accepted", 3, 1042, 1200.4, "postbag-ingest-0")
    verdict, said = told(cluster.transactions([ours], 900))
    assert verdict == "fail"
    assert "since 1200 s at accepted[3]@1042" in said
    assert "It is of postbag-ingest-0: restart that producer" in said
    strange = Hanging("accepted", 3, 1042, 1200.4, "")
    said = told(cluster.transactions([strange, ours], 900))[1]
    assert "2 partitions held back" in said
    assert "abort it (kafka-transactions.sh abort --topic … --partition 3 --start-offset 1042)" in said


@pytest.mark.parametrize(
    ("before", "after", "verdict", "words"),
    [
        (group(), group(), "ok", "1 member, 0 records unread"),
        (group(9, at=5), group(9, at=7), "ok", "1 member, 9 records unread"),
        (group(9), group(12), "warn", "in 3 s nothing moved in resolved[3]"),
        (
            group(9),
            group(9, members=0),
            "warn",
            "none is in the group; 9 records wait Start `python -m services.render`",
        ),
        (group(), group(state="PreparingRebalance"), "warn", "the group is PreparingRebalance"),
    ],
)
def test_a_service_without_workers_or_that_does_not_move_is_told(
    before: Group, after: Group, verdict: str, words: str
) -> None:
    found = cluster.workers([before], [after], 3.2)
    assert [one.check for one in found] == ["workers of render"]
    assert told(found[0])[0] == verdict
    assert words in told(found[0])[1]


def test_campaigns_that_take_nobody_or_are_over_are_told() -> None:
    day = timedelta(days=1)
    verdict, said = told(cluster.campaigns([], made.NOW))
    assert (verdict, "postbag campaign publish" in said) == ("warn", True)
    closed = made.campaign("closed", closes=made.NOW - day)
    later = made.campaign("later", opens=made.NOW + day)
    found = cluster.campaigns([made.campaign("open"), closed, later], made.NOW)
    assert (told(found)[0], found.said) == ("ok", "3 published, 1 open")
    over = made.campaign("over", deliver_before=made.NOW - day)
    verdict, said = told(cluster.campaigns([over], made.NOW))
    assert (verdict, "past their deadline, and their letters expire: over" in said) == ("warn", True)
