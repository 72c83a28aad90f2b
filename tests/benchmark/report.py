"""The benchmark's figures as a table, for the terminal and for docs/performance.md."""

from __future__ import annotations

from typing import Any

START, END = "<!-- figures: start -->", "<!-- figures: end -->"


def table(figures: dict[str, Any]) -> str:
    """Markdown: stages against the bare copy, the pipeline by channel, latency, memory."""
    lines = [
        "| stage | CPU a message | bare copy beside it | ratio | messages a second, alone | bare, alone |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, found in figures["stages"].items():
        lines.append(
            f"| {name} | {found['cpu_us']:.0f} µs | {found['bare_cpu_us']:.0f} µs | {found['ratio']:.1f} |"
            f" {found['rate']:,.0f} | {found['bare_rate']:,.0f} |"
        )
    lines += [
        "",
        "| whole pipeline, delivery | letters a second | CPU a letter, four services | of the broker | of the receiver |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, found in figures["pipeline"].items():
        lines.append(
            f"| {name} | {found['letters_per_second']:,.0f} | {found['cpu_us_per_letter']:.0f} µs |"
            f" {found['broker_cpu_us_per_letter']:.0f} µs | {found['receiver_cpu_us_per_letter']:.0f} µs |"
        )
    late = figures["latency"]
    peak = max(mb for found in figures["pipeline"].values() for mb in found["peak_mb"].values())
    times = f"{late['p50_ms']:.0f} ms (p50) and {late['p99_ms']:.0f} ms (p99)"
    pace = f"At a paced {late['rate']:.0f} a second a letter takes {times}"
    span = "from the broker's timestamp of the submission to its committed ledger entry."
    lines += ["", f"{pace} {span} The largest worker took {peak:.0f} MiB at its peak."]
    if "letters" in figures:
        lines += ["", *_letters(figures["letters"])]
    if "lookups" in figures:
        lines += ["", *_lookups(figures["lookups"])]
    lines += ["", f"Conditions: {figures['conditions']}"]
    return "\n".join(lines)


def _letters(found: dict[str, Any]) -> list[str]:
    rows = {
        "plain text": "service",
        "plain text, with a message": "service_with_message",
        "text and HTML": "mail",
        "text and HTML, with a message": "mail_with_message",
        "text and HTML, edited by the person": "mail_edited",
        "text and a printed page (PDF)": "paper",
    }
    return [
        "| letters from events, one core, without Kafka | a second | CPU a letter |",
        "|---|---:|---:|",
        *(
            f"| {words} | {found[name]['letters_a_second']:,.0f} | {found[name]['microseconds']:,.0f} µs |"
            for words, name in rows.items()
        ),
    ]


def _lookups(found: dict[str, float]) -> list[str]:
    rows = {
        "ZIP, its answer made before": "zips",
        "ZIP, asked for the first time": "zips_first",
        "point, to its district": "points",
        "point, to the whole answer with the metres to the border": "point_answers",
    }
    opened = f"{found['open_seconds']:.2f} s to open and check a file of {found['file_mb']:.0f} MiB"
    return [
        "| lookup, one core | a second |",
        "|---|---:|",
        *(f"| {words} | {found[name]:,.0f} |" for words, name in rows.items()),
        "",
        f"It took {opened}, and {found['memory_mb']:.0f} MiB of memory with every ZIP's answer made.",
    ]
