"""Feeds that we fetch: over https, or over SFTP where the extra `sftp` is installed.

Either way the address is judged as webhooks' are: our own network is out of reach. Secrets come
from the environment by name; they stand in no answer, no log and no job.
"""

from datetime import datetime, timedelta

from noria.connectors.feeds import sftp
from noria.connectors.files.sheets import LARGEST_BYTES
from noria.kit import egress
from noria.kit.egress import Rules, Unreachable
from noria.kit.errors import Kind, Refusal, Text
from noria.partners.feed_model import Pull

TIMEOUT_S = 300.0
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


def is_due(pull: Pull, last: datetime | None, now: datetime) -> bool:
    """Whether it is time to fetch again; what was never fetched is due."""
    return last is None or now - last + EARLY >= timedelta(minutes=pull.every_minutes)


async def fetch(pull: Pull, secret: str | None, rules: Rules) -> bytes:
    """The bytes of a feed as they are there now.

    Raises:
        TargetRefused: the address is not out in the world.
        SftpNotInstalled, HostKeyMissing, HostKeyWrong: of `sftp.read`.
        PullFailed: nothing came, or not all of it, or not what was asked for.
    """
    try:
        if pull.url.startswith("sftp://"):
            return await sftp.read(pull, secret, rules, limit_bytes=LARGEST_BYTES)
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        status, content = await egress.fetch(pull.url, headers, rules, limit_bytes=LARGEST_BYTES)
    except Unreachable as problem:
        raise PullFailed(why=str(problem)) from None
    if status != 200:
        raise PullFailed(why=f"status {status}")
    return content
