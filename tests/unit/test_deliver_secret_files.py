"""A secret has one place, whichever channel it is of: a variable or a file, never both, and neither is ever repeated."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import pytest

from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.smtp.channel import Smtp
from services.deliver.secret_files import read_secret
from services.deliver.settings import DeliverSettings
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import load

CANARY: Final = "whsec_" + b64encode(b"canary " * 5).decode()
NAMES: Final = [
    name.removesuffix("_file")
    for name in DeliverSettings.model_fields
    if name.removesuffix("_file") != name and name.removesuffix("_file") in DeliverSettings.model_fields
]


def test_every_channel_that_has_a_secret_takes_it_from_a_file_too() -> None:
    assert sorted(NAMES) == [
        "cwc_house_key",
        "cwc_senate_key",
        "smtp_password",
        "webhook_secret",
        "webhook_secret_previous",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_variable_and_a_file_together_are_refused_by_both_names_with_the_remedy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text(CANARY)
    monkeypatch.setenv(f"POSTBAG_{name.upper()}_FILE", str(tmp_path / "secret"))
    load(DeliverSettings)
    monkeypatch.setenv(f"POSTBAG_{name.upper()}", "")
    load(DeliverSettings)  # a variable that is empty is none
    monkeypatch.setenv(f"POSTBAG_{name.upper()}", CANARY)
    both = rf"POSTBAG_{name.upper()}_FILE: .*POSTBAG_{name.upper()},.* unset one of the two"
    with pytest.raises(SettingsRefused, match=both) as refused:
        load(DeliverSettings)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"\r\n", "is empty"),
        (b"\xff canary", "UTF-8"),
        (b"canary" * 999, "long"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused_by_name_where_it_is_needed(
    tmp_path: Path, raw: bytes | None, why: str
) -> None:
    path = tmp_path / "secret"
    if raw is not None:
        path.write_bytes(raw)
    given: dict[str, Any] = {"cwc_house_test_url": "https://test.house.example", "smtp_host": "relay.example",
                             "smtp_from": "a@postbag.example", "state_dir": tmp_path}  # fmt: skip
    for name in ("cwc_house_key_file", "smtp_password_file"):
        settings = load(DeliverSettings, **given, **{name: path})
        with pytest.raises(SettingsRefused, match=f"POSTBAG_{name.upper()}: .*{why}") as refused:
            Cwc.opened(settings, "house") if "cwc" in name else Smtp.opened(settings)
        assert "canary" not in str(refused.value)
    with pytest.raises(SettingsRefused, match=f"POSTBAG_WEBHOOK_SECRET_FILE: .*{why}"):
        load(DeliverSettings, webhook_secret_file=path)


def test_only_the_line_end_behind_a_secret_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b" with spaces \r\n")
    assert read_secret(tmp_path / "secret") == " with spaces "
