"""Feeds that we fetch: over https, or over SFTP where the extra `sftp` is installed.

Either way the address is judged as webhooks' are: our own network is out of reach. Secrets come
from the environment by name; they stand in no answer, no log and no job.
"""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit

from noria.connectors.files.sheets import LARGEST_BYTES
from noria.kit import egress
from noria.kit.egress import Rules, Unreachable
from noria.kit.errors import Kind, Refusal, Text
from noria.partners.feed_model import Pull

TIMEOUT_S = 300.0
SFTP_PORT = 22
EARLY = timedelta(seconds=30)
"""What is asked for a little before its minute has passed: the clock ticks once a minute."""


class PullFailed(Refusal):
    code = "pull-failed"
    kind = Kind.UNAVAILABLE
    says = Text("The feed cannot be fetched: {why}.", "Le flux est inaccessible\u202f: {why}.")
    do = Text(
        "Ask the partner; it is tried again when it is due.",
        "Contactez le partenaire\u202f; un nouvel essai aura lieu à l'échéance.",
    )


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
        "Over SFTP a server has to prove who it is, and no key of it is known.",
        "En SFTP, un serveur doit prouver son identité, et aucune clé de lui n'est connue.",
    )
    do = Text(
        "Put its public key into the plan, as pull.host_key.",
        "Mettez sa clé publique dans le plan, champ pull.host_key.",
    )


def is_due(pull: Pull, last: datetime | None, now: datetime) -> bool:
    """Whether it is time to fetch again; what was never fetched is due."""
    return last is None or now - last + EARLY >= timedelta(minutes=pull.every_minutes)


async def fetch(pull: Pull, secret: str | None, rules: Rules) -> bytes:
    """The bytes of a feed as they are there now.

    Raises:
        TargetRefused: the address is not out in the world.
        PullFailed: nothing came, or not what was asked for.
    """
    try:
        if pull.url.startswith("sftp://"):
            return await _over_sftp(pull, secret, rules)
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        status, content = await egress.fetch(pull.url, headers, rules, limit_bytes=LARGEST_BYTES)
    except Unreachable as problem:
        raise PullFailed(why=str(problem)) from None
    if status != 200:
        raise PullFailed(why=f"status {status}")
    return content


async def _over_sftp(pull: Pull, secret: str | None, rules: Rules) -> bytes:
    """Read one file. The server is known by its key, and reached by a number that was judged."""
    try:
        asyncssh: Any = import_module("asyncssh")  # an extra: `noria[sftp]`
    except ImportError:
        raise SftpNotInstalled from None
    if not pull.host_key:
        raise HostKeyMissing
    target = urlsplit(pull.url)
    host, port = target.hostname or "", target.port or SFTP_PORT
    number = (await egress.judged(host, port, rules))[0]
    try:
        async with (
            _connected(asyncssh, pull, number, port, secret, rules) as connection,
            connection.start_sftp_client() as client,
            client.open(unquote(target.path), "rb") as file,
        ):
            content: bytes = await file.read(LARGEST_BYTES + 1)
    except (asyncssh.Error, OSError) as problem:
        raise PullFailed(why=type(problem).__name__) from None
    if len(content) > LARGEST_BYTES:
        raise PullFailed(why=f"more than {LARGEST_BYTES} bytes")
    return content


def _connected(
    asyncssh: Any, pull: Pull, number: str, port: int, secret: str | None, rules: Rules
) -> Any:
    trusted = asyncssh.import_public_key(pull.host_key)
    return asyncssh.connect(
        number,
        port,
        username=pull.user or None,
        password=secret,
        known_hosts=([trusted], [], []),
        client_keys=None,
        agent_path=None,
        config=None,
        connect_timeout=min(rules.timeout_s, 30),
    )
