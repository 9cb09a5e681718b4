"""How a server is started: by `noria up`, and by whatever measures it or wears it down."""

import argparse
import asyncio
import gc
import sys
from collections.abc import Callable

import uvicorn
from uvicorn.supervisors import Multiprocess

TURN_S = 0.0005
"""How long a thread computes before another may: short, for one of them always waits for news."""

GRACE_S = 8
"""How long what is under way may take when a server is asked to end; then it is broken off."""
WAITING_CONNECTIONS = 4096
SILENT_WORKER_S = 30
"""A process that says nothing for so long is taken for dead, and replaced."""


def settle() -> None:
    """Once all code is loaded: the collector passes over it, and threads take turns sooner.

    Both are about the slowest answers, not about how many there are: docs/speed.md.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    sys.setswitchinterval(TURN_S)


def command(
    host: str, port: int, *, workers: int = 1, log_level: str = "warning"
) -> tuple[str, ...]:
    """The program, with its arguments; its settings come from the environment."""
    return (
        *(sys.executable, "-m", "noria.kit.server", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--log-level", log_level),
    )


def main() -> None:
    """Serve the application, in one process, or in several behind one socket."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--host", required=True)
    asked.add_argument("--port", required=True, type=int)
    asked.add_argument("--workers", required=True, type=int)
    asked.add_argument("--log-level", required=True)
    given = asked.parse_args()
    config = _Config(
        "noria.app:create",
        factory=True,
        host=given.host,
        port=given.port,
        workers=given.workers,
        loop="uvloop",
        http="noria.kit.threshold:Threshold",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        log_level=given.log_level,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=WAITING_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
        timeout_worker_healthcheck=SILENT_WORKER_S,
    )
    if config.workers > 1:
        Multiprocess(config, [config.bind_socket()]).run()
    else:
        uvicorn.Server(config).run()


class _Config(uvicorn.Config):
    """As theirs, but the application is made before there is a loop: it names its own threads."""

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        if not self.loaded:
            self.load()
        return super().get_loop_factory()


if __name__ == "__main__":
    main()
