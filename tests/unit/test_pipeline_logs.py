"""Logs: one line an event whatever is in it, and nobody's words in it but Postbag's own."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pipeline.errors import SettingsRefused
from services.pipeline.logs import JsonFormatter, configure, quiet_client

pytestmark = pytest.mark.usefixtures("logs_restored")
log = logging.getLogger("services.test")
kafka = logging.getLogger("kafka.producer.sender")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was written, each line parsed by itself."""
    written = capsys.readouterr()
    assert written.err == ""
    return [json.loads(line) for line in written.out.split("\n") if line]


def formatted(event: str, **extra: object) -> str:
    record = logging.makeLogRecord({"msg": event, "name": "services.test", "levelname": "INFO", **extra})
    return JsonFormatter("render", "0").format(record)


def test_an_event_is_one_line_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure("render", "7", "INFO")
    log.info("assigned", extra={"partitions": 4})
    log.debug("not said")
    (line,) = lines(capsys)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "services.test",
        "event": "assigned",
        "service": "render",
        "slot": "7",
        "partitions": 4,
    }


@given(st.text(), st.text() | st.binary() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_no_input_can_forge_a_line(event: str, value: object) -> None:
    line = formatted(event.replace("%", ""), field=value)
    assert len(line.splitlines()) == 1, "neither LF nor any other line end"
    assert json.loads(line)["event"] == event.replace("%", "")
    line.encode("ascii")


@pytest.mark.parametrize("attempt", ['x"}\n{"level": "CRITICAL"', "a\r\nb", "a\u2028b", "a\x85b", "\x1b[2J", "\ud800"])
def test_an_injection_attempt_stays_one_line(capsys: pytest.CaptureFixture[str], attempt: str) -> None:
    configure("render", "0", "INFO")
    log.info("taken_up", extra={"campaign": attempt})
    (line,) = lines(capsys)
    assert line["campaign"] == attempt
    assert line["level"] == "INFO"


def test_the_text_of_a_foreign_exception_is_left_out_and_its_places_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("render", "0", "INFO")
    try:
        int("canary")
    except ValueError:
        log.exception("handler_raised")
    (line,) = lines(capsys)
    assert line["error_type"] == "ValueError"
    assert "test_pipeline_logs.py" in line["at"][-1]
    assert "error" not in line
    assert "canary" not in json.dumps(line)


def test_the_text_of_our_own_exception_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure("render", "0", "INFO")
    log.critical("worker_ended", exc_info=SettingsRefused("POSTBAG_SLOT: give each replica its own"))
    (line,) = lines(capsys)
    assert line["error"] == "POSTBAG_SLOT: give each replica its own"


def test_a_value_that_is_no_json_is_told_somehow_and_loses_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("render", "0", "INFO")
    log.info("odd", extra={"value": {1, 2}})
    assert lines(capsys)[0]["event"] == "odd"


def test_the_kafka_client_is_held_at_warning_and_its_words_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    configure("render", "0", "DEBUG")
    kafka.debug("Sending key=%r", b"canary")
    kafka.info("Sent %s", "canary")
    kafka.warning("Got error produce response for %s", "canary")
    try:
        bytes.fromhex("canary")
    except ValueError:
        kafka.exception("failed over %s", "canary")
    first, second = lines(capsys)
    assert first["event"] == "Got error produce response for %s"
    assert (first["level"], first["logger"]) == ("WARNING", "kafka.producer.sender")
    assert "canary" not in json.dumps([first, second])
    log.debug("ours is said")
    assert lines(capsys)[0]["event"] == "ours is said"


def test_a_client_made_before_logging_is_set_up_is_held_at_warning_too() -> None:
    logging.getLogger("kafka").setLevel(logging.NOTSET)
    quiet_client()
    assert not kafka.isEnabledFor(logging.INFO)
    assert kafka.isEnabledFor(logging.WARNING)


def test_setting_it_up_twice_says_everything_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure("render", "unknown", "INFO")
    configure("render", "0", "INFO")
    log.info("once")
    kafka.warning("once as well")
    assert [line["slot"] for line in lines(capsys)] == ["0", "0"]
