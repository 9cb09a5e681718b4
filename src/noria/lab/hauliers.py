"""Carriers of a story: a server that prints labels when it is asked, and their own ways to talk.

It speaks over a socket as any webhook carrier does: labels are asked for by our reference, found by
it, taken back by number. It is no better than others: now and then it books a label and never says
so. What it booked is on its disk.
"""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.carriage.model import Account, Connector, Format, Sender
from noria.lab import carriers
from noria.lab.chance import chance
from noria.lab.journeys import Scan, Shares

SECRET_NAME = "DEMO_CARRIERS"  # noqa: S105 - the name of one
SECRET = "whsec_bm9yaWEtZGVtby1jYXJyaWVycy1hcmUtZmFrZQ=="  # noqa: S105 - of carriers that are none
ENVIRON = {f"NORIA_SECRET_{SECRET_NAME}": SECRET, "NORIA_WEBHOOK_ALLOW_PRIVATE": "true"}
"""What whoever calls these carriers has to be told: they answer on this machine."""

LABEL = b"^XA^CI28^FO40,40^A0N,60,60^FD%s^FS^XZ"


class Haulier(Struct, frozen=True, kw_only=True):
    """One carrier: the account we have with it, its service of ours, and whose words it uses."""

    account: str
    service: str
    speaks: Connector | None
    prefix: str


HAULIERS = (
    Haulier(account="VAL", service=carriers.HOME, speaks=Connector.COLISSIMO, prefix="6A"),
    Haulier(account="TRAVERSE", service=carriers.EXPRESS, speaks=Connector.UPS, prefix="1Z"),
    Haulier(account="TOURNESOL", service=carriers.RELAY, speaks=Connector.GLS, prefix="Y"),
    Haulier(account="COURSIERS", service=carriers.COURIER, speaks=None, prefix="C"),
)
BY_SERVICE: Mapping[str, Haulier] = {one.service: one for one in HAULIERS}


def accounts(port: int) -> list[Account]:
    """Our accounts with these carriers, at the address where they answer just now."""
    return [
        Account(
            code=one.account,
            connector=Connector.WEBHOOK,
            speaks=one.speaks,
            url=f"http://127.0.0.1:{port}/{one.account}",
            services={one.service: "standard"},
            secrets={"secret": SECRET_NAME},
            sender=Sender(name="Maison Noria", street="1 quai de la Gare"),
            label_format=Format.ZPL,
            settle_s=0,
        )
        for one in HAULIERS
    ]


@contextmanager
def answering(journal: Path, shares: Shares, seed: int) -> Iterator[int]:
    """Carriers that answer, until the end of the block; their port."""
    journal.parent.mkdir(parents=True, exist_ok=True)
    desk = type("Desk", (_Desk,), {"books": _Books(journal), "shares": shares, "seed": seed})
    server = ThreadingHTTPServer(("127.0.0.1", 0), desk)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="hauliers", daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class _Books:
    """What was booked, by reference; a line each on the disk before anybody is told."""

    def __init__(self, journal: Path) -> None:
        self._lock = threading.Lock()
        self._journal = journal
        lines = journal.read_text().splitlines() if journal.exists() else []
        self._made = dict(line.split() for line in lines if line.count(" ") == 1)

    def book(self, reference: str, number: str) -> str:
        """The number under that reference: one label each, however often it is asked for."""
        with self._lock:
            if reference not in self._made:
                self._made[reference] = number
                with self._journal.open("a") as file:
                    file.write(f"{reference} {number}\n")
            return self._made[reference]

    def made(self, reference: str) -> str | None:
        return self._made.get(reference)


class _Desk(BaseHTTPRequestHandler):
    """One request; `books` and the rest are set on the class when it opens."""

    protocol_version = "HTTP/1.1"
    books: _Books
    shares: Shares
    seed: int

    def do_PUT(self) -> None:
        box = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        account, _, reference = self.path.strip("/").split("/")
        is_new = self.books.made(reference) is None
        number = self.books.book(reference, _number(account, reference))
        if is_new and chance(self.seed, "stumbles", box["order"]) < self.shares.stumbles:
            self._answer(502, {})
        else:
            self._made(reference, number)

    def do_GET(self) -> None:
        _, kind, reference = self.path.strip("/").split("/")
        number = self.books.made(reference) if kind == "labels" else None
        if number is None:
            self._answer(404, {"reference": reference})
        else:
            self._made(reference, number)

    def do_DELETE(self) -> None:
        self._answer(200, {})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is theirs
        """Say nothing."""

    def _made(self, reference: str, number: str) -> None:
        page = b64encode(LABEL % number.encode()).decode()
        sheet = {"kind": "label", "format": "zpl", "content": page}
        self._answer(200, {"reference": reference, "number": number, "documents": [sheet]})

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _number(account: str, reference: str) -> str:
    prefix = next(one.prefix for one in HAULIERS if one.account == account)
    digits = int.from_bytes(blake2b(reference.encode(), digest_size=6).digest()) % 10**12
    return f"{prefix}{digits:012}"


def said(haulier: Haulier, told: Sequence[tuple[str, Scan]]) -> bytes:
    """What a carrier's webhook sends: scans of boxes, as (number, scan), in its own words."""
    write = SHAPES[haulier.speaks]
    return json.dumps(write(told)).encode()


def _as_laposte(told: Sequence[tuple[str, Scan]]) -> Any:
    codes = {
        "handed_over": "PC1", "in_transit": "ET1", "out_for_delivery": "MD2", "failed": "ND1",
        "delivered": "DI1", "lost": "PB1",
    }  # fmt: skip
    return [
        {
            "returnCode": 200,
            "shipment": {
                "idShip": number,
                "event": [
                    {
                        "code": codes[scan.progress],
                        "label": scan.progress.replace("_", " "),
                        "date": _in_paris(scan.happened_at).isoformat(),
                    }
                ],
            },
        }
        for number, scan in told
    ]


def _as_ups(told: Sequence[tuple[str, Scan]]) -> Any:
    codes = {
        "handed_over": ("P", "OR"), "in_transit": ("I", "DP"), "out_for_delivery": ("O", "OT"),
        "failed": ("X", "48"), "delivered": ("D", "KB"), "lost": ("X", "LX"),
    }  # fmt: skip
    return {
        "trackResponse": {
            "shipment": [
                {
                    "inquiryNumber": number,
                    "package": [
                        {
                            "trackingNumber": number,
                            "activity": [
                                {
                                    "date": f"{_in_paris(scan.happened_at):%Y%m%d}",
                                    "time": f"{_in_paris(scan.happened_at):%H%M%S}",
                                    "gmtDate": f"{scan.happened_at:%Y%m%d}",
                                    "gmtTime": f"{scan.happened_at:%H:%M:%S}",
                                    "status": {
                                        "type": codes[scan.progress][0],
                                        "code": codes[scan.progress][1],
                                        "description": scan.progress.replace("_", " "),
                                    },
                                }
                            ],
                        }
                    ],
                }
                for number, scan in told
            ]
        }
    }


def _as_gls(told: Sequence[tuple[str, Scan]]) -> Any:
    codes = {
        "handed_over": "INTIAL.NORMAL", "in_transit": "INBOUND", "out_for_delivery": "INDELIVERY",
        "failed": "NOTDELIVERED", "delivered": "DELIVERED", "lost": "LOST",
    }  # fmt: skip
    return {
        "parcels": [
            {
                "unitno": number,
                "events": [
                    {
                        "code": codes[scan.progress],
                        "eventDateTime": scan.happened_at.isoformat(),
                        "description": scan.progress.replace("_", " "),
                    }
                ],
            }
            for number, scan in told
        ]
    }


def _as_ours(told: Sequence[tuple[str, Scan]]) -> Any:
    return {
        "events": [
            {
                "number": number,
                "progress": scan.progress,
                "happened_at": scan.happened_at.isoformat(),
                "code": scan.progress,
            }
            for number, scan in told
        ]
    }


SHAPES: Mapping[Connector | None, Callable[[Sequence[tuple[str, Scan]]], Any]] = {
    Connector.COLISSIMO: _as_laposte,
    Connector.UPS: _as_ups,
    Connector.GLS: _as_gls,
    None: _as_ours,
}


def _in_paris(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo("Europe/Paris"))
