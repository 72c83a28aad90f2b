"""Doubts in the resolve stage: a street settles what a ZIP leaves open, and a geocoder that fails or errs changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from schemas.accepted import Location
from schemas.campaign import Campaign, CampaignPublished
from schemas.recipient import Recipient
from schemas.resolved import Held, Resolved
from schemas.topics import ACCEPTED, CAMPAIGNS, HELD
from schemas.wire import write
from services.pipeline.memory import MemoryBroker, MemoryReader
from services.pipeline.metrics import WorkerMetrics
from services.resolve.geocoding.geocoder import Geocoder
from services.resolve.held import Waiting
from services.resolve.reload import References
from services.resolve.stage import ResolveStage
from services.resolve.tally import Tally
from tests.unit import cambridge, made
from tests.unit.cambridge import BORDER, EAST, NORTH, SOUTH, WEST, Bench
from tests.unit.far_geocoder import (
    FarGeocoder,
    Json,
    asking,
    district,
    far_geocoder,
    hanging,
    match,
    said,
    saying,
    status,
)


@pytest.fixture(scope="module")
def with_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cambridge.reference_file(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def far() -> Iterator[FarGeocoder]:
    with far_geocoder() as server:
        yield server


def answers(far: FarGeocoder, *matches: Json) -> None:
    far.behave = saying(said(*matches))


def at(place: tuple[float, float], geoid: str | None = None, **fields: Any) -> Json:
    layers = {"119th Congressional Districts": [district(geoid)]} if geoid else {}
    return match(*place, **{"state": "MA", "zip5": "02139", "layers": layers, **fields})


MakeBench = Callable[..., Bench]


@pytest.fixture
def bench(far: FarGeocoder, with_lines: Path, tmp_path: Path) -> Iterator[MakeBench]:
    stages: list[ResolveStage] = []

    def make(*campaigns: Campaign, lines: bool = True, geocoder: Geocoder | None = None) -> Bench:
        broker = MemoryBroker((ACCEPTED, HELD, CAMPAIGNS), partitions=1)
        for campaign in campaigns or (made.campaign("open"),):
            event = CampaignPublished(id=campaign.slug, source="/test", time=made.NOW, data=campaign)
            broker.append(CAMPAIGNS.name, 0, campaign.slug.encode(), write(event))
        metrics = WorkerMetrics("resolve")
        references = References(str(with_lines) if lines else "", 3600)
        waiting = Waiting(tmp_path / f"{len(stages)}.sqlite", lambda: MemoryReader(broker))
        reader, as_of = partial(MemoryReader, broker), made.NOW.timestamp()
        stages.append(ResolveStage(references, reader, Tally(metrics), waiting, as_of, geocoder))
        return Bench(metrics, stages[-1])

    with asking(far.url) as geocoder:
        yield lambda *campaigns, **options: make(*campaigns, **{"geocoder": geocoder, **options})
    for stage in stages:
        stage._geocoder = None  # closed already
        stage.close()


def test_a_street_settles_what_its_zip_leaves_open(bench: MakeBench, far: FarGeocoder) -> None:
    answers(far, at(WEST))
    (settled,) = bench().settle()
    assert isinstance(settled, Resolved)
    assert settled.offices == ("HMA05",)
    assert settled.resolution.basis == "point"
    assert "geocoded" in settled.resolution.reasons
    assert settled.resolution.conflicts == ()
    assert far.asked[0]["street"] == "1 Canary Wharf"
    assert far.asked[0]["vintage"] == "ACS2025_Current"


def test_each_of_a_batch_gets_its_own_answer_in_its_place(bench: MakeBench, far: FarGeocoder) -> None:
    async def by_number(request: Any) -> Any:
        place = WEST if request.query["street"].startswith("1 ") else EAST
        return await saying(said(at(place)))(request)

    far.behave = by_number
    people = [{"line1": "2 Canary Wharf"}, {"zip5": "10027", "state": "NY"}, {"line1": "1 Canary Wharf"}]
    offices = [one.offices for one in bench().settle(*people) if isinstance(one, Resolved)]
    assert offices == [("HMA07",), ("HNY13",), ("HMA05",)]
    assert len(far.asked) == 2, "a ZIP in one district needs no geocoder"


@pytest.mark.parametrize("behave", [status(500), status(429), saying({"errors": ["x"]})])
def test_without_an_answer_it_is_as_if_there_were_no_geocoder(bench: MakeBench, far: FarGeocoder, behave: Any) -> None:
    far.behave = behave
    assert bench().settle() == bench(geocoder=None).settle()
    assert len(far.asked) == 1


@pytest.mark.parametrize(
    ("matches", "conflicts", "reason"),
    [
        ([], (), "street_not_found"),
        ([at(WEST), at(EAST)], (), "street_ambiguous"),
        ([at(NORTH, state="NH", zip5="03801")], ("geocoder_vs_state",), "zip_split"),
        ([at(SOUTH, zip5="02360")], ("geocoder_vs_zip",), "zip_split"),
        ([at(WEST, "2507")], ("geocoder_vs_point",), "zip_split"),
    ],
)
def test_an_answer_that_is_no_place_or_contradicts_is_told_and_not_followed(
    bench: MakeBench, far: FarGeocoder, matches: list[Json], conflicts: tuple[str, ...], reason: str
) -> None:
    answers(far, *matches)
    (held,) = bench().settle()
    assert isinstance(held, Held)
    assert held.reason == "ambiguous"
    assert held.resolution.candidates == ("HMA05", "HMA07")
    assert held.resolution.conflicts == conflicts
    assert reason in held.resolution.reasons
    assert "geocoded" not in held.resolution.reasons


def test_a_place_in_a_state_that_the_zip_does_not_reach_takes_no_senator_away(
    bench: MakeBench, far: FarGeocoder
) -> None:
    answers(far, at(NORTH, state="", zip5=""))
    campaign = made.campaign("open", targets=("your_representative", "your_senators"), ambiguity="senators_only")
    (settled,) = bench(campaign).settle()
    assert isinstance(settled, Resolved)
    assert settled.offices == ("SMA01", "SMA02")
    assert settled.resolution.conflicts == ("geocoder_vs_state",)


def test_a_place_at_the_border_stays_in_doubt(bench: MakeBench, far: FarGeocoder) -> None:
    answers(far, at(BORDER, "2505"))
    (held,) = bench().settle()
    assert isinstance(held, Held)
    assert set(held.resolution.candidates) == {"HMA05", "HMA07"}
    assert {"near_border", "geocoded"} <= set(held.resolution.reasons)


def test_another_zip_of_the_same_district_is_followed(bench: MakeBench, far: FarGeocoder) -> None:
    answers(far, at(WEST, zip5="02138"))
    (settled,) = bench().settle()
    assert isinstance(settled, Resolved)
    assert settled.offices == ("HMA05",)


def test_the_geocoders_own_district_counts_only_where_the_map_has_no_lines(bench: MakeBench, far: FarGeocoder) -> None:
    answers(far, at(WEST, "2507"))
    (settled,) = bench(lines=False).settle()
    assert isinstance(settled, Resolved)
    assert (settled.offices, settled.resolution.basis) == (("HMA07",), "asserted")
    assert "geocoded" in settled.resolution.reasons


def test_without_lines_and_with_the_district_of_another_congress_nothing_is_gained(
    bench: MakeBench, far: FarGeocoder
) -> None:
    answers(far, at(WEST, layers={"120th Congressional Districts": [district("2507", 120)]}))
    assert bench(lines=False).settle() == bench(lines=False, geocoder=None).settle()


@pytest.mark.parametrize(
    "person",
    [
        {"line1": "PO Box 12"},
        {"line1": "P.O. Box 12"},
        {"line1": "Post Office Box 12"},
        {"line1": "General Delivery 1"},
        {"line1": "Canary Wharf"},
        {"line1": "٣ Canary Wharf"},
        {"zip5": "10027", "state": "NY"},
        {"state": "NY"},  # contradicts the ZIP: only the person knows which is wrong
        {"zip5": "09001", "state": "AE"},
        {"zip5": "00000"},
        {"location": Location(lat=42.37, lon=-71.1001, accuracy="rooftop")},
    ],
)
def test_nobody_is_asked_about_what_no_geocoder_can_help_with(
    bench: MakeBench, far: FarGeocoder, person: dict[str, Any]
) -> None:
    assert bench().settle(person) == bench(geocoder=None).settle(person)
    assert far.asked == []


@pytest.mark.parametrize("person", [{"line1": "c/o Canary", "line2": "1 Canary Wharf"}, {"line1": "1 Port Box Road"}])
def test_the_line_that_is_a_street_is_asked_about(bench: MakeBench, far: FarGeocoder, person: dict[str, Any]) -> None:
    bench().settle(person)
    assert [query["street"] for query in far.asked] == [person.get("line2", person["line1"])]


def test_only_campaigns_that_need_the_house_seat_send_addresses(bench: MakeBench, far: FarGeocoder) -> None:
    house, state = (
        Recipient(id=f"x-{place.lower()}", list="l", name="N", salutation="S", serves=(place,), channel="outbox")
        for place in ("HMA05", "MA")
    )
    stage = bench(
        made.campaign("senators", targets=("your_senators",)),
        made.campaign("by-state", targets=("list:l",), recipients=(state,)),
        made.campaign("by-seat", targets=("list:l",), recipients=(state, house)),
    )
    for slug, asked in (("senators", 0), ("by-state", 0), ("withdrawn", 0), ("by-seat", 1)):
        stage.settle(campaign=slug)
        assert len(far.asked) == asked, slug


def test_each_batch_has_a_budget_of_its_own(bench: MakeBench, far: FarGeocoder) -> None:
    far.behave = hanging
    with asking(far.url, request_seconds=0.2, budget_seconds=0.4) as geocoder:
        stage = bench(geocoder=geocoder)
        for number in (1, 2, 3):
            stage.settle({"line1": f"{number} Canary Wharf"})
    assert len(far.asked) == 3


def test_a_congress_without_a_vintage_is_asked_about_for_the_place_alone(bench: MakeBench, far: FarGeocoder) -> None:
    answers(far, at(WEST))
    with asking(far.url, vintages={120: "ACS2026_Current"}) as geocoder:
        bench(geocoder=geocoder, lines=False).settle()
        assert far.asked == [], "neither a district nor a place would help"
        (settled,) = bench(geocoder=geocoder).settle()
    assert isinstance(settled, Resolved)
    assert settled.offices == ("HMA05",)
