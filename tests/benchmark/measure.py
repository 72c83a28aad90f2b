"""The measurements: each stage alone beside the bare copy, the whole pipeline, its latency, its memory."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from statistics import quantiles
from time import monotonic, perf_counter, sleep
from typing import Any

import psutil
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.local.broker import LocalBroker
from deploy.local.crowd import ALL_GOOD, crowd
from schemas.topics import ACCEPTED, LEDGER, LETTERS, RESOLVED, SUBMISSIONS
from tests.benchmark.ground import Ground
from tests.benchmark.receiver import receiver
from tests.benchmark.running import running, wait
from tests.benchmark.watcher import Watcher

SERVICES = ("ingest", "resolve", "render", "deliver")
_OUTPUT = {"ingest": ACCEPTED, "resolve": RESOLVED, "render": LETTERS, "deliver": LEDGER}
_INPUT = {"ingest": SUBMISSIONS, "resolve": ACCEPTED, "render": RESOLVED, "deliver": LETTERS}

Figures = dict[str, Any]


def stages(broker: LocalBroker, home: Path, people: int, partitions: int) -> Figures:
    """Each stage alone, its input there already, with a bare copy of the same input directly before it."""
    ground = Ground(broker, home, partitions, POSTBAG_CHANNEL="discard")
    ground.fill(people)
    figures: Figures = {}
    for service in SERVICES:
        bare = _bare(ground, _INPUT[service].name, people, service)
        with running((service,), ground.env, ground.folder) as (worker,):
            # The worker is at work by the time it is ready: count from here on, by its own counter.
            before, cpu, clock = worker.written(_OUTPUT[service].name), worker.cpu(), perf_counter()
            wait([worker], lambda: worker.written(_OUTPUT[service].name) >= people)  # noqa: B023 - used within the turn
            done = people - before
            figures[service] = {
                "cpu_us": (worker.cpu() - cpu) / done * 1e6,
                "rate": done / (perf_counter() - clock),
                "bare_cpu_us": bare["cpu_us"],
                "bare_rate": bare["rate"],
                "peak_mb": worker.peak_mb(),
            }
            figures[service]["ratio"] = figures[service]["cpu_us"] / bare["cpu_us"]
    return figures


def pipeline(broker: LocalBroker, home: Path, people: int, partitions: int, channel: str) -> Figures:
    """All four at once on ``people`` submissions that wait for them: letters a second, CPU a letter, peak memory."""
    with receiver(home) as target:
        env = {"POSTBAG_CHANNEL": channel, "POSTBAG_WEBHOOK_URL": target.url}
        ground = Ground(broker, home, partitions, **env)
        with running(SERVICES, ground.env, ground.folder) as workers:
            ingest, deliver = workers[0], workers[-1]
            ingest.signal(signal.SIGSTOP)
            ground.fill(people)
            kafka = psutil.Process(broker.pid)
            cpu, broker_cpu = [worker.cpu() for worker in workers], sum(kafka.cpu_times()[:2])
            target_cpu, clock = target.cpu(), perf_counter()
            ingest.signal(signal.SIGCONT)
            wait(workers, lambda: deliver.written(LEDGER.name) >= people)
            seconds = perf_counter() - clock
            spent = [worker.cpu() - before for worker, before in zip(workers, cpu, strict=True)]
            return {
                "letters_per_second": people / seconds,
                "cpu_us_per_letter": sum(spent) / people * 1e6,
                "cpu_us_by_service": dict(zip(SERVICES, (s / people * 1e6 for s in spent), strict=True)),
                "broker_cpu_us_per_letter": (sum(kafka.cpu_times()[:2]) - broker_cpu) / people * 1e6,
                "receiver_cpu_us_per_letter": (target.cpu() - target_cpu) / people * 1e6,
                "peak_mb": {worker.service: worker.peak_mb() for worker in workers},
            }


def apart(what: str, *arguments: str) -> Figures:
    """The figures of ``lookups`` or ``letters``, measured in a process of their own."""
    command = [sys.executable, "-m", f"tests.benchmark.{what}", *arguments]
    found: Figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def latency(broker: LocalBroker, home: Path, rate: int, seconds: int, partitions: int) -> Figures:
    """From the broker's timestamp of the submission to reading its committed ledger entry, at a steady pace."""
    ground = Ground(broker, home, partitions, POSTBAG_CHANNEL="discard")
    people = rate * seconds
    sent = list(crowd(2, people, ground.campaign.slug, ALL_GOOD))
    with Watcher(ground) as watcher, running(SERVICES, ground.env, ground.folder) as workers:
        started, number = monotonic(), 0
        while len(watcher.ages) < people:
            due = min(people, int((monotonic() - started) * rate))
            for one in sent[number:due]:
                ground.publisher.publish(SUBMISSIONS, one.key, one.value, list(one.headers))
            number = max(number, due)
            for worker in workers:
                worker.check()
            sleep(0.005)
    warm = watcher.ages[rate * 2 :]  # the first two seconds find cold caches
    cuts = quantiles(warm, n=100)
    return {"p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000, "letters": len(warm), "rate": rate}


def _bare(ground: Ground, source: str, count: int, name: str) -> dict[str, float]:
    target = f"{ground.prefix}bare-{name}"
    admin = KafkaAdminClient(bootstrap_servers=ground.servers)
    admin.create_topics([NewTopic(target, ground.settings.topic_partitions, 1)], wait_for_metadata=True)
    admin.close()
    command = [sys.executable, "-m", "tests.benchmark.bare", ground.servers, ground.prefix + source, target, str(count)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=180)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
