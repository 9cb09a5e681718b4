"""Ports: one Noria at each. The server's sockets can share a port, and then do so in silence."""

import fcntl
import socket
import tempfile
from pathlib import Path
from typing import TextIO

from noria.kit.errors import Kind, Refusal, Text

TRIED = 50
_held: list[TextIO] = []


class PortTaken(Refusal):
    code = "port-taken"
    kind = Kind.UNAVAILABLE
    says = Text(
        "Somebody listens at port {port} already.",
        "Le port {port} est déjà occupé.",
    )
    do = Text(
        "End that program, or choose another port with --port or NORIA_PORT.",
        "Arrêtez ce programme, ou choisissez un autre port par --port ou NORIA_PORT.",
    )


def claim(host: str, port: int) -> None:
    """Take a port for as long as this process lives; its children may listen there.

    The look at the port and the server's own claim are seconds apart; a lock in between keeps two
    installations that start at once from sharing it.

    Raises:
        PortTaken: somebody listens there, or has claimed it.
    """
    if not _is_lockable(port) or not _is_silent(host, port):
        raise PortTaken(port=port)


def claim_first(host: str, port: int) -> int:
    """Take the first free port from `port` on.

    Raises:
        PortTaken: that one and the next ones are all taken.
    """
    for candidate in range(port, port + TRIED):
        try:
            claim(host, candidate)
        except PortTaken:
            continue
        return candidate
    raise PortTaken(port=port)


def _is_lockable(port: int) -> bool:
    path = Path(tempfile.gettempdir()) / f"noria-port-{port}.lock"
    try:
        lock = path.open("a")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError:
        return True  # another account's file: nothing to lock, the look at the port has to do
    except OSError:
        return False
    _held.append(lock)
    return True


def _is_silent(host: str, port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
        return True
