"""A carrier to be killed: a process of its own, that books what it is asked and dies as it likes.

It is careless on purpose. The same reference, sent again, makes a second label: whoever does not
look first is found out by its journal, which has a line for each label, written to the disk before
any answer. Run as a script: port, journal, seed, and in how many of a hundred requests it dies.
"""

import json
import os
import random
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

POINTS = ("at once", "before", "after", "half")
ODD = ("nonsense", "trouble", "busy", "another")
ODD_PERCENT = 15


class Carrier(BaseHTTPRequestHandler):
    """One request; `plan` and the rest are set on the class by `main`."""

    protocol_version = "HTTP/1.1"
    journal: Path
    chance: random.Random
    percent: int
    lock = threading.Lock()

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with self.lock:
            dies_at, odd = self._plan()
            self._die_if(dies_at, "at once", "before")
            if odd == "busy":
                self._answer(429, {})
                return
            number = self._book(self._reference())
            self._die_if(dies_at, "after")
            self._tell(odd, dies_at, {"reference": self._reference(), "number": number})

    def do_GET(self) -> None:
        with self.lock:
            dies_at, odd = self._plan()
            self._die_if(dies_at, "at once", "before", "after")
            made = booked(self.journal).get(self._reference(), [])
            if made:
                self._tell(odd, dies_at, {"reference": self._reference(), "number": made[0]})
            else:
                self._answer(404, {"reference": self._reference()})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is theirs
        """Say nothing."""

    def _plan(self) -> tuple[str, str]:
        """Where this request kills us, if it does, and what is odd about its answer."""
        dies = self.chance.randrange(100) < self.percent
        odd = self.percent and self.chance.randrange(100) < ODD_PERCENT
        point, oddity = self.chance.choice(POINTS), self.chance.choice(ODD)
        return point if dies else "", oddity if odd else ""

    def _die_if(self, dies_at: str, *points: str) -> None:
        if dies_at in points:
            die()

    def _book(self, reference: str) -> str:
        number = f"K{sum(len(made) for made in booked(self.journal).values()) + 1:06}"
        with self.journal.open("a") as file:
            file.write(f"{reference} {number}\n")
            file.flush()
            os.fsync(file.fileno())
        return number

    def _tell(self, odd: str, dies_at: str, content: dict[str, str]) -> None:
        if odd == "nonsense":
            self._answer(200, "<html>come back later</html>")
        elif odd == "trouble":
            self._answer(502, {})
        elif odd == "another":
            self._answer(200, {"reference": "N0", "number": "K0"})
        else:
            self._answer(200, content, is_half=dies_at == "half")

    def _answer(self, status: int, content: object, *, is_half: bool = False) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_half else body)
        self.wfile.flush()
        if is_half:
            die()

    def _reference(self) -> str:
        return self.path.rpartition("/")[2]


def die() -> NoReturn:
    """As if somebody had pulled the plug."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody comes here")


def booked(journal: Path) -> dict[str, list[str]]:
    """By reference, the labels that were made."""
    made: dict[str, list[str]] = {}
    for line in journal.read_text().splitlines() if journal.exists() else []:
        reference, number = line.split()
        made.setdefault(reference, []).append(number)
    return made


def main(port: str, journal: str, seed: str, percent: str) -> None:
    Carrier.journal, Carrier.chance = Path(journal), random.Random(seed)
    Carrier.percent = int(percent)
    ThreadingHTTPServer.allow_reuse_address = True
    with ThreadingHTTPServer(("127.0.0.1", int(port)), Carrier) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:5])
