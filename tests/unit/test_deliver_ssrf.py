"""No letter is a way into a network that is closed: by no address, however it is written, and by no name that leads there."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deliver.channel import Unfit
from services.deliver.channels.webhook import Webhook, WebhookSettings
from services.deliver.channels.webhook.address import parse
from services.deliver.channels.webhook.networks import is_open, read_networks
from services.deliver.offices import Hop, Offices
from services.deliver.offices_file import OfficesFile
from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import load
from tests.unit import made
from tests.unit.far_sides import BODY, LETTER, visited, webhook
from tests.unit.name_server import NameServer

CLOSED = (
    "0.0.0.0",  # noqa: S104 - to be refused
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1",
    "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1",
)  # fmt: skip
OPEN = ("1.1.1.1", "8.8.8.8", "11.0.0.1", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
        "198.17.0.1", "223.255.255.255", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1")  # fmt: skip


@pytest.mark.parametrize("address", CLOSED)
def test_addresses_that_are_not_of_the_public_internet_are_closed(address: str) -> None:
    assert not is_open(ip_address(address))


@pytest.mark.parametrize("address", OPEN)
def test_the_public_internet_is_open(address: str) -> None:
    assert is_open(ip_address(address))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_is_open_that_python_calls_anything_but_global(address: IPv4Address | IPv6Address) -> None:
    if is_open(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


def test_the_operator_opens_networks_and_those_only() -> None:
    opened = read_networks("10.1.0.0/16, fd00:1::/32")
    assert is_open(ip_address("10.1.2.3"), opened)
    assert is_open(ip_address("fd00:1::9"), opened)
    for address in ("10.2.0.1", "fd00:2::9", "::ffff:10.1.2.3", "127.0.0.1"):
        assert not is_open(ip_address(address), opened), address


NUMBERS = (
    "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.01",
    "127.0.0.0x1", "127.0.0.1.", "127.0.0.256", "127.0.0.1.1", "127..1", "0", "1",
)  # fmt: skip
"""What C libraries take for this machine, or might."""

READINGS = (
    "http://user@127.0.0.1:{port}/", "http://user:word@127.0.0.1:{port}/", "http://127.0.0.1:{port}@public.example/",
    "http://public.example\\@127.0.0.1:{port}/", "http:\\\\127.0.0.1:{port}/", "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/", "http://127.0.0.1:{port}\\/", "http://127.0.0.1:{port}/a\\b", "http://\u2460\u2461\u2466.0.0.1:{port}/",
    "http://127\u30020\u30020\u30021:{port}/", "http://\uff11\uff12\uff17.0.0.1:{port}/", "http://127.0.0.1:{port}?x", "http://127.0.0.1:{port}#x",
    "http://127.0.0.1%00:{port}/", "http://%31%32%37.0.0.1:{port}/", "http://127.0.0.1\t:{port}/", " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nX: y", "http://127.0.0.1:{port}/a b", "HTTP://127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/",
    "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1:/", "http://127.0.0.1:+{port}/", "http://127.0.0.1:\uff18\uff10/",
    "http://LOCALHOST:{port}/", "http://[::ffff:127.0.0.1%25lo]:{port}/", "http://[127.0.0.1]:{port}/", "http://[::1:{port}/",
)  # fmt: skip


@pytest.mark.parametrize("address", [f"http://{number}:{{port}}/" for number in NUMBERS] + list(READINGS))
def test_an_address_that_two_readers_could_read_differently_is_none(address: str) -> None:
    async def run() -> None:
        async with visited("127.0.0.1") as (port, visits):
            text = address.format(port=port)
            assert parse(text) is None
            with pytest.raises(SettingsRefused, match="POSTBAG_WEBHOOK_URL"):
                load(WebhookSettings, webhook_url=text)
            names = ",".join(f"{number}:{port}" for number in (*NUMBERS, "127.0.0.1"))
            async with webhook("http://127.0.0.1:9/", webhook_hosts=names) as channel:
                for letter, to in ((made.letter(channel="webhook", to=text), text), (LETTER, text)):
                    assert channel.body(letter, to) == Unfit("address_not_allowed")
                    assert (await channel.attempt(letter, to, BODY)).reason == "address_not_allowed"
            assert visits == []

    asyncio.run(run())


def fit(address: str, *, own: bool, **settings: str) -> bool:
    channel = Webhook.opened(load(WebhookSettings, **settings))
    letter = made.letter(channel="webhook", to=address) if own else LETTER
    return channel.body(letter, address) == channel.body(letter, address) != Unfit("address_not_allowed")


@pytest.mark.parametrize(
    "host", [address for address in CLOSED if ":" not in address and not address.startswith("127.")]
)
def test_a_closed_address_may_be_named_and_still_has_to_be_opened(host: str) -> None:
    address = f"https://{host}/"
    assert not fit(address, own=True, webhook_hosts=host)
    assert not fit(address, own=False)
    assert fit(address, own=True, webhook_hosts=host, webhook_private_networks=f"{host}/32")
    assert not fit(address, own=True, webhook_private_networks=f"{host}/32"), "and an open one has to be named"
    with pytest.raises(SettingsRefused, match="POSTBAG_WEBHOOK_PRIVATE_NETWORKS"):
        load(WebhookSettings, webhook_url=address)
    load(WebhookSettings, webhook_url=address, webhook_private_networks=f"{host}/32")


@pytest.mark.parametrize(
    "host", [address for address in CLOSED if ":" in address and "%" not in address and address != "::1"]
)
def test_the_same_holds_for_ipv6_which_no_recipient_can_have(host: str) -> None:
    assert not fit(f"https://[{host}]/", own=False)
    assert not fit(f"https://[{host}]/", own=True, webhook_private_networks=f"{host}/128")
    with pytest.raises(SettingsRefused, match="POSTBAG_WEBHOOK_PRIVATE_NETWORKS"):
        load(WebhookSettings, webhook_url=f"https://[{host}]/")


@pytest.mark.parametrize("office", ["HNY13", "x-mayor"])
def test_an_office_can_stand_in_the_host_where_it_is_in_lower_case_as_every_host_is(office: str) -> None:
    address = "https://{office}.offices.example/to/{office}"
    channel = Webhook.opened(load(WebhookSettings, webhook_url=address))
    letter = made.letter(office=office)
    wanted = f"https://{office.lower()}.offices.example/to/{office}"
    assert [str(channel._where(letter, to)) for to in ("", address)] == [wanted] * 2
    entry = {
        "match": "*",
        "channels": [{"channel": "webhook", "to": address}, {"channel": "smtp", "to": "a@{office}.example"}],
    }
    hops = Offices(OfficesFile.model_validate({"offices": [entry]}), "outbox", 1).route(office, None, None)
    assert hops == (Hop("webhook", wanted), Hop("smtp", f"a@{office}.example"))
    assert channel.body(letter, hops[0].to) != Unfit("address_not_allowed")


def test_the_port_is_443_unless_another_is_named() -> None:
    for address, named in {
        "https://board.example/": True,
        "https://board.example:8443/": False,
        "https://board.example:80/": False,
        "https://other.example:8443/": True,
        "https://other.example/": False,
        "http://board.example/": False,
        "http://board.example:80/": False,
    }.items():
        assert fit(address, own=True, webhook_hosts="board.example,other.example:8443,board.example:80") is (
            named or address == "https://board.example:80/"
        )


def test_an_address_of_this_machine_is_not_asked_of_a_name_server() -> None:
    async def run() -> None:
        names = NameServer(("8.8.8.8",))
        async with visited("127.0.0.1") as (port, visits), webhook(f"http://127.0.0.1:{port}/", ask=names) as channel:
            await channel.attempt(LETTER, "", BODY)
            assert (len(visits), names.asked) == (1, [])

    asyncio.run(run())
