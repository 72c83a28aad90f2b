"""``postbag doctor``: looks at everything that a Postbag stands on, and says of each fault what to do.

It goes on after a fault, since the second one is often the cause of the first; only what needs a broker is left out where
none answers. It changes nothing: the one record that it writes, to be told the broker's time, is aborted at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import monotonic, sleep, time
from typing import Final, get_args

import click

from schemas.topics import ACCEPTED, LETTERS, REPORTS, RESOLVED, SUBMISSIONS
from services.cli.campaign.publishing import published
from services.cli.doctor import cluster, machine
from services.cli.doctor.certificates import certificates
from services.cli.doctor.endpoints import endpoints
from services.cli.doctor.finding import Finding, fail, warn
from services.cli.doctor.own_certificate import own_certificate
from services.cli.doctor.roles import Role
from services.cli.output import print_json, printable
from services.deliver.settings import DeliverSettings
from services.pipeline.errors import PostbagError, SettingsRefused
from services.pipeline.inspection import Inspection
from services.pipeline.settings import KafkaSettings, load
from services.resolve.settings import ResolveSettings

_APART_SECONDS: Final = 3.0
"""Between the two looks that tell a group which moves from one that does not."""
_READS: Final = {
    "ingest": (SUBMISSIONS,),
    "resolve": (ACCEPTED,),
    "render": (RESOLVED,),
    "deliver": (LETTERS, REPORTS),
}
"""What must move. What lies in the tiers of deliver waits, as it should."""
_NEED_A_BROKER: Final = ("credentials", "topics", "clock", "transactions", "workers", "campaigns")


@click.command()
@click.option(
    "--role",
    type=click.Choice(get_args(Role)),
    default="operator",
    show_default=True,
    help="Whose rights the credentials must have: an operator's, or a service's.",
)
@click.option(
    "--hanging-seconds",
    type=click.FloatRange(min=0.1),
    default=900.0,
    show_default=True,
    help="A transaction open for longer than this hangs.",
)
@click.option(
    "--workers",
    metavar="HOST:PORT,…",
    default="",
    help="The metrics addresses of workers that are to be asked as well.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(role: Role, hanging_seconds: float, workers: str, as_json: bool) -> None:
    """What is wrong here, each thing in a sentence with its remedy. Ends with 1 if something does not work.

    Looks at the broker, credentials, certificates, topics, the clock, hanging transactions, the workers' groups, campaigns,
    settings, reference data, the file of offices and the disk, as this environment has them.
    """
    places = [place.strip() for place in workers.split(",") if place.strip()]
    found: list[Finding] = []
    for finding in examine(role, hanging_seconds, places):
        found.append(finding)
        if not as_json:
            _show(finding)
    failed = any(finding.verdict == "fail" for finding in found)
    if as_json:
        print_json({"ok": not failed, "findings": [finding.as_json() for finding in found]})
    if failed:
        raise SystemExit(1)


def examine(
    role: Role, hanging_seconds: float, places: list[str], now: Callable[[], float] = time
) -> Iterator[Finding]:
    """Every finding, as it is made. ``now`` is this machine's clock, in seconds since the epoch."""
    yield from machine.settings()
    try:
        settings = load(KafkaSettings)
    except SettingsRefused as error:
        yield fail("broker", str(error), "Correct those variables first.")
        yield from _skipped("the settings do not say where the broker is")
    else:
        yield certificates(settings, now())
        if own := own_certificate(settings, now()):
            yield own
        yield from _of_the_cluster(settings, role, hanging_seconds, now)
    try:
        resolve, deliver = load(ResolveSettings), load(DeliverSettings)
    except SettingsRefused:
        yield Finding("reference data, offices, disk", "skipped", "the settings do not say where they are")
    else:
        yield machine.reference(resolve.reference, now())
        yield machine.offices(deliver)
        yield machine.disk(deliver.state_dir)
    yield from endpoints(places)


def _of_the_cluster(
    settings: KafkaSettings, role: Role, hanging_seconds: float, now: Callable[[], float]
) -> Iterator[Finding]:
    try:
        inspection = Inspection(settings, now)
    except PostbagError as error:
        yield fail(
            "broker",
            f"none lets us in at {settings.kafka_bootstrap_servers}: {error}",
            "Check POSTBAG_KAFKA_BOOTSTRAP_SERVERS, the user and the password, and that it runs (`postbag up` starts one"
            " here).",
        )
        yield from _skipped("no broker lets us in")
        return
    began = monotonic()
    try:
        before = inspection.groups(_READS)
    except PostbagError:
        before = []  # it is asked again below, and told there
    yield _told("broker", lambda: cluster.broker(inspection.cluster()))
    yield _told("credentials", lambda: cluster.credentials(inspection.rights(), role))
    yield _told("topics", lambda: cluster.topics(inspection.changes()))
    yield _told("clock", lambda: cluster.clock(inspection.clock()))
    yield _told("transactions", lambda: cluster.transactions(inspection.hanging(hanging_seconds), hanging_seconds))
    yield _told("campaigns", lambda: cluster.campaigns([*published().values()], datetime.fromtimestamp(now(), UTC)))
    if any(sum(group.unread.values()) for group in before):
        sleep(max(0.0, _APART_SECONDS - (monotonic() - began)))
    try:
        yield from cluster.workers(before, inspection.groups(_READS), monotonic() - began)
    except PostbagError as error:
        yield _untold("workers", error)
    inspection.close()


def _told(check: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except PostbagError as error:
        return _untold(check, error)


def _untold(check: str, error: PostbagError) -> Finding:
    if isinstance(error, SettingsRefused):
        return fail(check, str(error), "Correct that first; docs/reference/settings.md explains every setting.")
    return warn(
        check,
        f"cannot be told: {error}",
        "If the topics and the broker are well, give this user the right to ask (docs/doctor.md lists the rights).",
    )


def _skipped(why: str) -> Iterator[Finding]:
    for check in _NEED_A_BROKER:
        yield Finding(check, "skipped", why)


def _show(finding: Finding) -> None:
    style = {"fail": "red", "warn": "yellow"}.get(finding.verdict)
    verdict = click.style(f"{finding.verdict:8}", fg=style, bold=style is not None)
    click.echo(f"{verdict}{finding.check}: {printable(finding.said)}")
    if finding.remedy:
        click.echo(f"        {printable(finding.remedy)}")
