"""Server processes of our own, to be asked over HTTP and to be killed."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
import msgspec

from noria.kit.server import command
from noria.lab.torture.ground import NOW

HOST = "127.0.0.1"
Wish = tuple[str, str, int]
"""Its id, a SKU, units."""
START_S = 60.0


class Server:
    """One server of one process on a port of its own, in a process group of its own."""

    def __init__(self, url: str, environ: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.address = f"http://{HOST}:{self.port}"
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NORIA_")},
            "DATABASE_URL": url,
            "NORIA_PORT": str(self.port),
            "NORIA_LOG_LEVEL": "error",
            "NORIA_RATE_PER_MINUTE": "1000000",
            **(environ or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command(HOST, self.port, log_level="critical"),
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """With signal 9, it and its worker."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + START_S
        while True:
            with contextlib.suppress(httpx2.TransportError):
                if httpx2.get(f"{self.address}/healthz", timeout=5).status_code == 200:
                    return
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)


@contextmanager
def serving(
    url: str, count: int, environ: Mapping[str, str] | None = None
) -> Iterator[list[Server]]:
    """So many servers on one database; they are gone afterwards, whatever happens."""
    servers = [Server(url, environ) for _ in range(count)]
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
        yield servers
    finally:
        for server in servers:
            server.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


class Door:
    """Where callers ask for reservations, with a key; what gets lost on the way is no answer."""

    def __init__(self, token: str, timeout_s: float = 30.0) -> None:
        self._http = httpx2.Client(headers={"Authorization": f"Bearer {token}"}, timeout=timeout_s)

    def hold(self, address: str, key: str, sku: str, units: int) -> httpx2.Response | None:
        body = {"demand": f"cart:{key}", "sku": sku, "node": "T1", "quantity": units}
        return self._send("PUT", f"{address}/v1/reservations/{key}", body)

    def hold_many(self, address: str, wishes: Sequence[Wish]) -> httpx2.Response | None:
        """As many wishes in one request; those that come together are merged."""
        items = [
            {
                "id": key,
                "demand": f"cart:{key}",
                "lines": [{"sku": sku, "node": "T1", "quantity": units}],
            }
            for key, sku, units in wishes
        ]
        return self._send("POST", f"{address}/v1/reservations/batch", {"items": items})

    def receive(self, address: str, key: str, sku: str, units: int) -> httpx2.Response | None:
        """A fact: it is booked in a transaction of its own, on a connection of the pool."""
        body = {
            "kind": "received",
            "node": "T1",
            "cause": f"cart:{key}",
            "happened_at": NOW.isoformat(),
            "moves": [{"sku": sku, "quantity": units, "source": "outside", "target": "available"}],
        }
        return self._send("PUT", f"{address}/v1/movements/{key}", body)

    def _send(self, method: str, address: str, body: dict[str, Any]) -> httpx2.Response | None:
        try:
            return self._http.request(
                method,
                address,
                content=msgspec.json.encode(body),
                headers={"Content-Type": "application/json"},
            )
        except httpx2.TransportError:
            return None

    def close(self) -> None:
        self._http.close()
