"""Where a request may go: to addresses of the public network, unless the operator allows others.

A subscriber's URL is somebody's wish, and a server that follows wishes can be sent to its own
database or to the cloud's metadata (SSRF). So the host is looked up here, every address of it is
checked, and the connection goes to one of those that were checked: looking up a second time might
give another answer.
"""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override


class ForbiddenAddressError(OSError):
    """The host lies where no request may go."""


def is_public(address: str) -> bool:
    """Whether an address is one of the public network, also behind IPv6's ways of writing IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in _TRANSLATED:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last 32 bits are an IPv4 address."""


def literal_of(url: str) -> str | None:
    """The address that a URL names itself; none where it names a host that must be looked up."""
    host = urlsplit(url).hostname or ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


class PublicResolver(AbstractResolver):
    """Looks hosts up and gives only addresses of the public network.

    Raises:
        ForbiddenAddressError: the host has none.
    """

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        allowed = [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
            if is_public(str(address[0]))
        ]
        if not allowed:
            text = f"{host}: địa chỉ nội bộ, không được phép gửi đến (not a public address)"
            raise ForbiddenAddressError(text)
        return allowed

    @override
    async def close(self) -> None:
        """Nothing is kept open."""
