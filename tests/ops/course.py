"""The course of the check: all is well, then offices and frontends misbehave, then workers go; what must fire is waited for.

Each step waits for what it is to show and goes on at once; a step whose time is up notes what is missing, and the course goes
on, so that one run tells everything that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic, sleep
from typing import Final

from schemas.campaign import Campaign
from tests.integration.harness.processes import eventually
from tests.ops import expected, faults
from tests.ops.findings import Findings
from tests.ops.installation import SERVICES, STAGES, Installation
from tests.ops.people import Trickle

RATE: Final = 10.0
"""Submissions a second: what two busy cores carry with ease beside everything else."""

MOST_KILLS: Final = 8
"""Three within 20 seconds are enough for the alert; a busy machine may not start a worker that often."""

CALM_SECONDS: Final = 60.0
"""Longer than any alert waits at the check's pace (40 s)."""


class Course:
    """Plays on an open installation; what is found goes to ``findings``."""

    def __init__(self, installation: Installation, findings: Findings, say: Callable[[str], None]) -> None:
        self._here, self._findings, self._say = installation, findings, say

    def play(self) -> None:
        """All of it."""
        campaign = self._here.corner.publish_campaign()
        self._await_everybody()
        with Trickle(self._here.corner.settings, campaign.slug, RATE) as trickle:
            self._keep_calm()
            began = self._break_things(campaign)
            self._kill_again_and_again()
            self._take_stages_away()
            self._bring_stages_back()
            # 6 h at the check's pace, and what the alert waits beyond that.
            self._await(expected.IN_TIME, began + 4 * 60 + 60 - monotonic())
            self._findings.look_at_panels(self._here.prometheus)
            self._say("Taking the observer away.")
            self._here.take_away("observe")
            self._await(expected.OF_AN_ABSENT_OBSERVER, 60)
        self._say(f"{trickle.sent:,} people wrote, besides the crowds.")

    def _await_everybody(self) -> None:
        prometheus = self._here.prometheus

        def all_scraped() -> bool:
            return prometheus.is_ready() and len(prometheus.query('up{job="postbag"} == 1')) == len(SERVICES)

        def all_assigned() -> bool:
            return len(prometheus.query("postbag_assigned_partitions > 0")) == len(STAGES)

        if not eventually(all_scraped, 60) or not eventually(all_assigned, 60):
            raise TimeoutError("the services did not come up within two minutes; see their logs")
        self._say("Everything runs and is scraped.")

    def _keep_calm(self) -> None:
        self._say(f"People write, {RATE:g} a second, and for {CALM_SECONDS:g} seconds all is well.")
        until = monotonic() + CALM_SECONDS
        while monotonic() < until:
            sleep(2)
            self._findings.look(self._here.prometheus)
        fired = set(self._findings.alerts)
        self._findings.judge_calm(dict.fromkeys(fired, "for a moment") | self._here.prometheus.firing())
        self._findings.look_at_panels(self._here.prometheus)

    def _break_things(self, campaign: Campaign) -> float:
        self._say(
            f"{len(faults.FAILING)} offices fail, {len(faults.SILENT)} take letters and say nothing, one refuses all."
        )
        began = monotonic()
        faults.spoil_offices(self._here, campaign.slug)
        self._say(
            "A vote is too near, a frontend sends rubbish, a form asks too little, a stranger writes into the ledger."
        )
        faults.set_a_deadline_that_cannot_be_met(self._here, campaign)
        faults.send_what_nobody_can_read(self._here, campaign.slug)
        faults.send_what_leaves_the_office_open(self._here, campaign.slug)
        faults.write_into_the_ledger(self._here, campaign.slug)
        faults.pause_an_office(self._here)
        self._await(expected.AFTER_THE_BREAKAGE, 120)
        self._findings.look_at_panels(self._here.prometheus)
        return began

    def _kill_again_and_again(self) -> None:
        self._say("Killing resolve again and again.")
        for _ in range(MOST_KILLS):
            faults.kill(self._here, "resolve")
            self._findings.look(self._here.prometheus)
            if set(expected.OF_KILLED_WORKERS) <= self._findings.alerts.keys():
                break
        self._await(expected.OF_KILLED_WORKERS, 20)

    def _take_stages_away(self) -> None:
        self._say("Taking render, ingest and deliver away.")
        for stage in ("render", "ingest", "deliver"):
            self._here.take_away(stage)
            sleep(5)  # so that something waits before the next one
        self._await(expected.OF_ABSENT_STAGES, 120)

    def _bring_stages_back(self) -> None:
        self._say("Bringing them back.")
        for stage in ("render", "ingest", "deliver"):
            self._here.bring_back(stage)
        if not eventually(lambda: not self._here.prometheus.firing().keys() & set(expected.OVER_AGAIN), 90):
            self._findings.fault(f"still firing after the stages are back: {', '.join(self._here.prometheus.firing())}")

    def _await(self, names: Iterable[str], seconds: float) -> None:
        until = monotonic() + max(seconds, 1)
        wanted = set(names)
        while monotonic() < until and not wanted <= self._findings.alerts.keys():
            sleep(1)
            self._findings.look(self._here.prometheus)
        if late := wanted - self._findings.alerts.keys():
            self._say(f"  not yet: {', '.join(sorted(late))}")
