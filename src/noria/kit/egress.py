"""The way out: requests to addresses that somebody else chose never reach our own network.

An address is judged twice: as it is written, when somebody enters it, and as it resolves, when we
connect. The connection goes to the very numbers that were judged, so that a name which answers
differently the second time wins nothing.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

import httpcore2
import httpx2
from msgspec import Struct

from noria.kit.errors import Kind, Refusal, Text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Body = TypeVar("Body")
Resolve = Callable[[str, int], Awaitable[list[str]]]

TIMEOUT_S = 15.0
ANSWER_BYTES = 2000
LONGEST_URL = 2000
PORTS = frozenset({80, 443, 8080, 8443})

PLAIN_URL = re.compile(r"[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]+")
PLAIN_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))+")
LOOKS_LIKE_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

INNER_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
        "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
        "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
"""IANA's special-purpose registry, and the one public number that a cloud answers on inside."""

OUTER_V6 = ipaddress.IPv6Network("2000::/3")
INNER_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
"""Within the global unicast block: protocol assignments, documentation, and IPv4 in disguise."""


class TargetRefused(Refusal):
    code = "target-refused"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "We do not call {url}: {en}.",
        "Nous n'appelons pas {url} : {fr}.",
    )
    do = Text(
        "Give a public https address with a host name, on port 443 or 8443.",
        "Donnez une adresse https publique avec un nom d'hôte, sur le port 443 ou 8443.",
    )


class Rules(Struct, frozen=True, kw_only=True):
    """What may be reached. `is_open` (a test or a closed network) lets everything through."""

    is_open: bool = False
    ports: frozenset[int] = PORTS
    timeout_s: float = TIMEOUT_S


class Target(Struct, frozen=True, kw_only=True):
    """An address that was read once, and is not read again by anything else."""

    scheme: str
    host: str
    port: int
    path: str


class Answer(Struct, frozen=True, kw_only=True):
    """What the other side said: an HTTP status, and the beginning of what came with it."""

    status: int
    body: str


class Unreachable(Exception):  # noqa: N818 - a report of what happened to the network
    """No answer came; the text says why, in few words."""


class NeverSent(Unreachable):
    """Not even a connection came about: nobody has heard of the request."""


def read(url: str, rules: Rules) -> Target:
    """Judge an address as it is written.

    Raises:
        TargetRefused: it is malformed, not https, on another port, with a user name, or a number
            of our own network, in whichever notation.
    """
    if len(url) > LONGEST_URL or not PLAIN_URL.fullmatch(url):
        raise _refused(url, "it holds characters that an address cannot", "caractères interdits")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused(url, "it is malformed", "adresse mal formée") from None
    if parts.scheme not in {"https", "http"} or not host:
        raise _refused(url, "it is no https address", "ce n'est pas une adresse https")
    if parts.scheme == "http" and not rules.is_open:
        raise _refused(url, "http is not encrypted", "http n'est pas chiffré")
    if "@" in parts.netloc:
        raise _refused(url, "it holds a user name", "elle contient un nom d'utilisateur")
    port = {"https": 443, "http": 80}[parts.scheme] if port is None else port
    if port == 0 or not (rules.is_open or port in rules.ports):
        raise _refused(url, f"port {port} is not for the web", f"le port {port} n'est pas du web")
    _check_host(url, host, rules)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port, path=path)


def is_global(address: Address) -> bool:
    """Whether the number is out in the world: not ours, not special, not IPv4 dressed as IPv6."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in INNER_V4)
    return (
        address in OUTER_V6
        and address.scope_id is None
        and not any(address in network for network in INNER_V6)
    )


async def resolve(host: str, port: int) -> list[str]:
    """The numbers that a name stands for, in the order in which to try them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    rules: Rules,
    *,
    resolve: Resolve = resolve,
) -> Answer:
    """Send `body` and read the answer's beginning; no redirect is followed, no proxy is asked.

    All of it, names and handshakes too, takes at most `rules.timeout_s`. Every call opens a
    connection of its own: what was judged for one is never used by another.

    Raises:
        TargetRefused: see `read`; or the name stands for a number that is not global.
        Unreachable: no answer, or none in time, or nothing that HTTP allows.
    """
    status, _, beginning = await _asked("POST", url, body, headers, rules, resolve, _beginning)
    return Answer(status=status, body=beginning)


async def fetch(
    url: str,
    headers: Mapping[str, str],
    rules: Rules,
    *,
    limit_bytes: int,
    resolve: Resolve = resolve,
) -> tuple[int, bytes]:
    """Read what is there: the status, and all of the body. It is guarded as `post` is.

    Raises:
        TargetRefused: see `read`; or the name stands for a number that is not global.
        Unreachable: no answer, or none in time, or one that is larger than `limit_bytes`.
    """
    status, _, body = await exchange(
        "GET", url, None, headers, rules, limit_bytes=limit_bytes, resolve=resolve
    )
    return status, body


async def exchange(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    rules: Rules,
    *,
    limit_bytes: int,
    resolve: Resolve = resolve,
) -> tuple[int, dict[str, str], bytes]:
    """Send a request and read all of the answer: status, headers in small letters, body.

    It is guarded as `post` is.

    Raises:
        TargetRefused: see `read`; or the name stands for a number that is not global.
        NeverSent: no connection came about, so that nobody has heard of the request.
        Unreachable: no answer, or none in time, or one that is larger than `limit_bytes`.
    """
    return await _asked(
        method, url, body, headers, rules, resolve, lambda response: _whole(response, limit_bytes)
    )


async def _asked(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    rules: Rules,
    resolve: Resolve,
    read_body: Callable[[httpcore2.Response], Awaitable[Body]],
) -> tuple[int, dict[str, str], Body]:
    """Send a request, and read as much of its answer as `read_body` wants."""
    target = read(url, rules)
    guard = _Guard(rules, resolve)
    length = [] if body is None else [("Content-Length", str(len(body)))]
    try:
        async with (
            asyncio.timeout(rules.timeout_s),
            httpcore2.AsyncConnectionPool(
                ssl_context=_trust(), max_connections=1, network_backend=guard
            ) as pool,
            pool.stream(
                method,
                httpcore2.URL(
                    scheme=target.scheme, host=target.host, port=target.port, target=target.path
                ),
                headers=[*_host(target), *headers.items(), *length],
                content=body,
            ) as response,
        ):
            return response.status, _names(response), await read_body(response)
    except TimeoutError:
        raise Unreachable(f"no answer within {rules.timeout_s:g} s") from None
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as problem:
        raise NeverSent(_words(problem)) from problem
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as problem:
        raise Unreachable(_words(problem)) from problem


def _names(response: httpcore2.Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }


async def _whole(response: httpcore2.Response, limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > limit_bytes:
            raise Unreachable(f"it is larger than {limit_bytes} bytes")
    return bytes(body)


async def judged(host: str, port: int, rules: Rules, *, resolve: Resolve = resolve) -> list[str]:
    """The numbers of a host that may be reached, for protocols other than HTTP.

    Raises:
        TargetRefused: it is no full host name, or one of its numbers is not global.
        Unreachable: it cannot be resolved.
    """
    _check_host(host, host, rules)
    try:
        return await _Guard(rules, resolve).numbers(host, port)
    except httpcore2.ConnectError as problem:
        raise Unreachable(_words(problem)) from problem


class _Guard(httpcore2.AsyncNetworkBackend):
    """Connects to numbers that it judged itself; above it, names and certificates stay as given."""

    def __init__(self, rules: Rules, resolve: Resolve) -> None:
        self._rules = rules
        self._resolve = resolve
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the name is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        last: httpcore2.NetworkError | httpcore2.TimeoutException | None = None
        for number in await self.numbers(host, port):
            try:
                return await self._network.connect_tcp(
                    number, port, timeout, local_address, socket_options
                )
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as problem:
                last = problem
        raise last or httpcore2.ConnectError(f"{host} stands for no address")

    async def numbers(self, host: str, port: int) -> list[str]:
        """Every number of the name; one bad number spoils them all."""
        try:
            numbers = await self._resolve(host, port)
        except OSError as problem:
            raise httpcore2.ConnectError(f"{host} cannot be resolved") from problem
        for number in numbers:
            if not self._rules.is_open and not is_global(ipaddress.ip_address(number)):
                raise _inner(host, number)
        return numbers


def _check_host(url: str, host: str, rules: Rules) -> None:
    if host.startswith(("[", ":")) or ":" in host:
        number: Address = _literal(url, host, ipaddress.IPv6Address)
    elif LOOKS_LIKE_A_NUMBER.fullmatch(host.rstrip(".")):
        number = _literal(url, host, ipaddress.IPv4Address)
    else:
        if not rules.is_open and not PLAIN_NAME.fullmatch(host.removesuffix(".")):
            raise _refused(
                url, f"{host} is no full host name", f"{host} n'est pas un nom d'hôte complet"
            )
        return
    if not rules.is_open and not is_global(number):
        raise _inner(url, str(number))


def _literal(url: str, host: str, kind: Callable[[str], Address]) -> Address:
    """A number, written in the one way that everybody reads alike."""
    try:
        return kind(host)
    except ValueError:
        raise _refused(
            url,
            f"{host} is an unusual way to write a number",
            f"{host} est une écriture inhabituelle d'un nombre",
        ) from None


def _inner(url: str, number: str) -> TargetRefused:
    return _refused(
        url, f"{number} is not a public address", f"{number} n'est pas une adresse publique"
    )


def _refused(url: str, en: str, fr: str) -> TargetRefused:
    return TargetRefused(url=url[:200], en=en, fr=fr)


def _host(target: Target) -> list[tuple[str, str]]:
    usual = {"https": 443, "http": 80}[target.scheme]
    name = f"[{target.host}]" if ":" in target.host else target.host
    return [("Host", name if target.port == usual else f"{name}:{target.port}")]


async def _beginning(response: httpcore2.Response) -> str:
    """As much of the body as is worth keeping; the rest is never read."""
    read_bytes = bytearray()
    async for chunk in response.aiter_stream():
        read_bytes += chunk
        if len(read_bytes) >= ANSWER_BYTES:
            break
    text = bytes(read_bytes[:ANSWER_BYTES]).decode("utf-8", errors="replace")
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _words(problem: Exception) -> str:
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(problem).__name__).lower()
    return f"{kind}: {problem}"[:300].replace("\x00", "") if str(problem) else kind


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that we believe; read once, for it takes tens of milliseconds."""
    return httpx2.create_ssl_context(trust_env=False)
