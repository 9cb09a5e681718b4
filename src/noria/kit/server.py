"""How a server is started: by `noria up`, and by whatever measures it or wears it down."""

import gc
import sys

TURN_S = 0.0005
"""How long a thread computes before another may: short, for one of them always waits for news."""


def settle() -> None:
    """Once all code is loaded: the collector passes over it, and threads take turns sooner.

    Both are about the slowest answers, not about how many there are: docs/speed.md.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(TURN_S)


def command(
    host: str, port: int, *, workers: int = 1, log_level: str = "warning"
) -> tuple[str, ...]:
    """The program, with its arguments; its settings come from the environment."""
    return (
        *(sys.executable, "-m", "granian", "--interface", "rsgi", "--factory", "noria.app:create"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        *("--no-ws", "--log-level", log_level),
    )
