"""Read a partner's file over SFTP, whole or not at all.

The server is known by its key, and reached by a number that was judged. A connection that breaks
is opened again, and reading goes on where it was if the file is still the same. A feed that was
cut short would say that half the shelf is gone: so what ends early, or is written to while it is
read, is no feed.
"""

import asyncio
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit

from noria.kit import egress
from noria.kit.egress import Rules, Unreachable
from noria.kit.errors import Kind, Refusal, Text
from noria.partners.feed_model import Pull

PORT = 22
TRIES = 3
CONNECT_S = 30.0
CHUNK_BYTES = 1 << 20
NOBODY = "anonymous"
"""Who asks where the plan names nobody; else our own system's user name would be told."""


class SftpNotInstalled(Refusal):
    code = "sftp-not-installed"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "This installation cannot fetch over SFTP.",
        "Cette installation ne sait pas récupérer un fichier par SFTP.",
    )
    do = Text(
        "Install the extra “sftp”: noria[sftp].",
        "Installez l'extra «\u202fsftp\u202f»\u202f: noria[sftp].",
    )


class HostKeyMissing(Refusal):
    code = "host-key-missing"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Over SFTP a server has to prove who it is, and no key of it is known that can be read.",
        "En SFTP, un serveur doit prouver son identité, et aucune clé lisible de lui n'est connue.",
    )
    do = Text(
        "Put its public key into the plan, as pull.host_key.",
        "Mettez sa clé publique dans le plan, champ pull.host_key.",
    )


class HostKeyWrong(Refusal):
    code = "host-key-wrong"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The server {host} is not who the plan says: it has another key. Nothing was told to it.",
        "Le serveur {host} n'est pas celui du plan\u202f: sa clé est une autre. Rien ne lui a été dit.",  # noqa: E501
    )
    do = Text(
        "Ask the partner whether its key has changed, by another way; then change pull.host_key.",
        "Demandez au partenaire, par une autre voie, si sa clé a changé\u202f; puis pull.host_key.",
    )


async def read(pull: Pull, secret: str | None, rules: Rules, *, limit_bytes: int) -> bytes:
    """The file as it is there now; all of it takes at most `rules.timeout_s`.

    Raises:
        SftpNotInstalled: the extra is not there.
        HostKeyMissing, HostKeyWrong: the server is not known, or is another.
        TargetRefused: the address is not out in the world.
        Unreachable: it did not come whole, or not in time, or is larger than `limit_bytes`.
    """
    try:
        asyncssh: Any = import_module("asyncssh")  # an extra: `noria[sftp]`
    except ImportError:
        raise SftpNotInstalled from None
    target = urlsplit(pull.url)
    host, port = target.hostname or "", target.port or PORT
    number = (await egress.judged(host, port, rules))[0]
    options = _options(asyncssh, pull, secret, rules)
    file = _File(unquote(target.path), limit_bytes)
    try:
        async with asyncio.timeout(rules.timeout_s):
            await _until_whole(asyncssh, file, number, port, options)
    except TimeoutError:
        raise Unreachable(f"not read within {rules.timeout_s:g} s") from None
    except asyncssh.HostKeyNotVerifiable:
        raise HostKeyWrong(host=host) from None
    except (asyncssh.Error, OSError) as problem:
        raise Unreachable(type(problem).__name__) from None
    return bytes(file.content)


def _options(asyncssh: Any, pull: Pull, secret: str | None, rules: Rules) -> dict[str, Any]:
    """How to connect: by the one key that is trusted, and nothing of ours but what was given."""
    try:
        trusted = asyncssh.import_public_key(pull.host_key or "")
    except asyncssh.KeyImportError:
        raise HostKeyMissing from None
    return {
        "username": pull.user or NOBODY,
        "password": secret,
        "known_hosts": ([trusted], [], []),
        "client_keys": None,
        "agent_path": None,
        "config": None,
        "connect_timeout": min(rules.timeout_s, CONNECT_S),
    }


async def _until_whole(
    asyncssh: Any, file: "_File", number: str, port: int, options: dict[str, Any]
) -> None:
    broken = (asyncssh.ConnectionLost, asyncssh.SFTPConnectionLost, ConnectionResetError)
    for left in reversed(range(TRIES)):
        connection = await asyncssh.connect(number, port, **options)
        try:
            return await file.go_on(await connection.start_sftp_client())
        except broken:
            if not left:
                raise
        finally:
            connection.abort()  # a server that is stuck would be waited for while it says goodbye
    return None


class _File:
    """A file of which so much was read; it is kept when the connection breaks."""

    def __init__(self, path: str, limit_bytes: int) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._seen: tuple[int, int] | None = None
        self.content = bytearray()

    async def go_on(self, client: Any) -> None:
        """Read what is left of it; another file by the same name is read from its beginning."""
        file = await client.open(self._path, "rb")
        seen = _size_and_time(await file.stat())
        if seen is None or seen != self._seen:
            self.content.clear()
        self._seen = seen
        while chunk := await file.read(CHUNK_BYTES, len(self.content)):
            self.content += chunk
            if len(self.content) > self._limit_bytes:
                raise Unreachable(f"it is larger than {self._limit_bytes} bytes")
        if _size_and_time(await file.stat()) != seen:
            raise Unreachable("it was written to while it was read")
        if seen is not None and len(self.content) != seen[0]:
            raise Unreachable(f"it ended after {len(self.content)} of {seen[0]} bytes")


def _size_and_time(said: Any) -> tuple[int, int] | None:
    """What tells a file from a later one; None where the server does not say."""
    return None if said.size is None else (said.size, said.mtime or 0)
