"""Decisions about who comes in: what a token proves, what may be handed on, how often."""

import hashlib
import hmac
import ipaddress
import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from noria.kit.auth import Actor, Nodes, Permission, Role, reach_of, reaches
from noria.people.model import (
    BeyondYourReach,
    CommandLineOnly,
    Grant,
    KeyProof,
    PasswordWeak,
    Policy,
)

LEAST_PASSWORD = 12
LEAST_DIFFERENT = 5
LONGEST_OVERLAP = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
"""How often it is written down that a session or key was used."""

LOG_INS_BY_EMAIL = Policy(name="email", capacity=10, window_s=15 * 60)
LOG_INS_BY_ADDRESS = Policy(name="address", capacity=100, window_s=15 * 60)
"""Failures only: a log-in that succeeds gives its tokens back, so a busy store is not shut out."""


def digest(secret: str) -> bytes:
    """SHA-256. Enough for random 256-bit secrets, which nobody can guess; never for passwords."""
    return hashlib.sha256(secret.encode()).digest()


def normal_email(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().lower()


def normal_password(password: str) -> str:
    """One spelling for what looks the same, however a keyboard composes its accents."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, email: str) -> None:
    """Refuse what is guessed first: short, a few characters repeated, or made of the e-mail.

    Raises:
        PasswordWeak: it is one of these.
    """
    password = normal_password(password).lower()
    mailbox = email.partition("@")[0]
    is_like_email = len(mailbox) >= 4 and mailbox in password
    if len(password) < LEAST_PASSWORD or len(set(password)) < LEAST_DIFFERENT or is_like_email:
        raise PasswordWeak


def key_token(key_id: str, secret: str) -> str:
    return f"noria_{key_id}_{secret}"


def parsed_token(token: str) -> tuple[str, str] | None:
    """The key's id and its secret, or None where it is no token of ours."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != "noria" or not parts[1].isalnum() or not parts[1].isascii():
        return None
    return parts[1], parts[2]


def proven_until(proof: KeyProof, secret_hash: bytes, now: datetime) -> datetime | None:
    """Until when this secret opens the key, at most `datetime.max`; None if it does not.

    Both secrets are compared, and in constant time, so that an answer's delay tells nothing.
    """
    end = datetime.max.replace(tzinfo=now.tzinfo)
    if proof.expires_at is not None:
        end = min(end, proof.expires_at)
    is_current = hmac.compare_digest(proof.secret_hash, secret_hash)
    is_previous = hmac.compare_digest(proof.previous_hash or bytes(32), secret_hash)
    if is_previous and not is_current:
        if proof.previous_until is None:
            return None
        end = min(end, proof.previous_until)
    if proof.is_revoked or not (is_current or is_previous) or end <= now:
        return None
    return end


def is_same(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)


def person_actor(person_id: str, name: str, language: str, grants: Iterable[Grant]) -> Actor:
    return Actor(id=f"person:{person_id}", name=name, language=language, reach=grants_reach(grants))


def key_reach(permissions: Iterable[str], nodes: Sequence[str] | None) -> dict[Permission, Nodes]:
    """What a key may do. A permission that this version does not know opens nothing."""
    known = {permission.value: permission for permission in Permission}
    where = None if nodes is None else frozenset(nodes)
    return {known[name]: where for name in permissions if name in known}


def grants_reach(grants: Iterable[Grant]) -> dict[Permission, Nodes]:
    return reach_of(
        (grant.role, None if grant.nodes is None else frozenset(grant.nodes)) for grant in grants
    )


def normal_grants(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The same grants, each role once, roles and nodes in order."""
    by_role: dict[Role, Nodes] = {}
    for grant in grants:
        nodes = None if grant.nodes is None else frozenset(grant.nodes)
        by_role[grant.role] = _united([by_role.get(grant.role, frozenset()), nodes])
    return tuple(
        Grant(role=role, nodes=None if nodes is None else tuple(sorted(nodes)))
        for role, nodes in sorted(by_role.items(), key=lambda item: item[0].value)
    )


def has_grant_at(grants: Iterable[Grant], nodes: Sequence[str]) -> bool:
    """Whether one of the grants holds at one of the nodes."""
    return any(grant.nodes is None or not set(grant.nodes).isdisjoint(nodes) for grant in grants)


def changed_grants(before: Iterable[Grant], after: Iterable[Grant]) -> tuple[Grant, ...]:
    """What is only on one side: what somebody gives, and what somebody takes away."""
    changed = _spread(before) ^ _spread(after)
    return normal_grants(
        Grant(role=role, nodes=None if node is None else (node,)) for role, node in changed
    )


def check_authority(actor: Actor, needed: Permission, touched: Mapping[Permission, Nodes]) -> None:
    """Let nobody hand on, take away or act upon what reaches further than they do themselves.

    Raises:
        BeyondYourReach: naming the first permission that the actor lacks at one of these nodes.
    """
    everywhere = _united(touched.values())
    for permission, nodes in [(needed, everywhere), *touched.items()]:
        held = actor.reach.get(permission, frozenset())
        if permission not in actor.reach or not reaches(held, nodes):
            raise BeyondYourReach(permission=permission.value, where=_where(held, nodes))


def check_may_be_given(actor: Actor, permissions: Iterable[Permission]) -> None:
    """Keep the clock out of reach of whoever is not at the machine.

    Raises:
        CommandLineOnly: a key that may drive the clock is asked for over the network.
    """
    if Permission.CLOCK_DRIVE in permissions and not actor.id.startswith("system:"):
        raise CommandLineOnly


def network_of(address: str) -> str:
    """What log-ins are counted by: an IPv4 address, or the /64 that one IPv6 household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def caller_address(peer: str, forwarded_for: str) -> str:
    """Where a request comes from: the peer; or, if that is a proxy of ours, whom the proxy saw.

    Only a peer on a private or loopback address is believed, and only the last hop it names:
    everything before it was written by the caller.
    """
    last_hop = forwarded_for.rpartition(",")[2].strip()
    try:
        is_ours = ipaddress.ip_address(peer).is_private
        ipaddress.ip_address(last_hop)
    except ValueError:
        return peer
    return last_hop if is_ours else peer


def log_in_buckets(email: str, address: str) -> dict[str, Policy]:
    """The buckets that a log-in takes from. E-mails are hashed: some type a password there."""
    return email_bucket(email) | {f"address:{network_of(address)}": LOG_INS_BY_ADDRESS}


def email_bucket(email: str) -> dict[str, Policy]:
    return {f"email:{digest(email).hex()}": LOG_INS_BY_EMAIL}


def wait_s(policy: Policy, tokens: float) -> int:
    """Whole seconds until a bucket with so many tokens holds one; at least 1."""
    return max(1, math.ceil((1 - tokens) / policy.per_second))


def full_in_s(policy: Policy, tokens: float) -> int:
    """Whole seconds until the bucket is full again."""
    return math.ceil(max(0.0, policy.capacity - tokens) / policy.per_second)


def _spread(grants: Iterable[Grant]) -> set[tuple[Role, str | None]]:
    return {
        (grant.role, node)
        for grant in grants
        for node in ((None,) if grant.nodes is None else grant.nodes)
    }


def _united(several: Iterable[Nodes]) -> Nodes:
    united: frozenset[str] = frozenset()
    for nodes in several:
        if nodes is None:
            return None
        united |= nodes
    return united


def _where(held: Nodes, asked: Nodes) -> str:
    if asked is None:
        return " (*)"
    missing = sorted(asked - (held or frozenset()))
    return f" ({', '.join(missing)})" if missing else ""
