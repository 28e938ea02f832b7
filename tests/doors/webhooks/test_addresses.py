"""Requests go to the public network only: whoever asks for another address is not followed."""

import asyncio
import socket
from typing import Any

import pytest

from postal_bridge.webhooks.addresses import (
    ForbiddenAddressError,
    PublicResolver,
    is_public,
    literal_of,
)

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address that must not be asked
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_public_network_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.162.4.191", "2001:4860:4860::8888"])
def test_what_is_of_the_public_network_is_known(address: str) -> None:
    assert is_public(address)


def test_an_address_in_a_url_is_seen_without_looking_it_up() -> None:
    assert literal_of("https://127.0.0.1:8443/x") == "127.0.0.1"
    assert literal_of("https://[::1]/x") == "::1"
    assert literal_of("https://mot-cua.example/x") is None


async def looked_up(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    async def getaddrinfo(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        assert host == "mot-cua.example"
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    resolver = PublicResolver()
    found = await resolver.resolve("mot-cua.example", 443)
    await resolver.close()
    return [one["host"] for one in found]


async def test_of_a_hosts_addresses_only_the_public_ones_are_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await looked_up(monkeypatch, "10.0.0.1", "203.162.4.191") == ["203.162.4.191"]


async def test_a_host_without_a_public_address_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ForbiddenAddressError, match="nội bộ"):
        await looked_up(monkeypatch, "10.0.0.1", "127.0.0.1")
