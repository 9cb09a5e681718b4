"""Carriers on this machine, over real sockets: each in its own shapes, in whatever mood it is."""

import itertools
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

labels = itertools.count(1)


class Fake:
    """A carrier that keeps what it was asked; `answers` says what it does about it.

    `moods` are taken up one a request: slow (answers after our patience), dead (drops the line),
    trouble (500), busy (429), nonsense, twice. All but dead, busy and trouble book first.
    """

    def __init__(self, answers):
        self.reset(answers)

    def reset(self, answers):
        self.answers = answers
        self.asked = []
        self.moods = []
        self.made = {}
        self.patience_s = 0.0

    def numbers(self):
        return [number for several in self.made.values() for number in several]

    def make(self, reference, number):
        self.made.setdefault(reference, []).append(number)
        return number


@contextmanager
def serving(answers):
    """The fake and its address; `answers(fake, method, path, headers, body)` gives an answer."""
    fake = Fake(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def anything(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            mood = fake.moods.pop(0) if fake.moods else ""
            fake.asked.append((self.command, self.path, dict(self.headers), body))
            if mood == "dead":
                self.close_connection = True
                return
            if mood in {"busy", "trouble"}:
                self.say({"busy": 429, "trouble": 503}[mood], b"{}", {})
                return
            status, content, headers = fake.answers(
                fake, self.command, self.path, self.headers, body
            )
            if mood == "slow":
                time.sleep(fake.patience_s)
            if mood == "nonsense":
                status, content, headers = 200, b"<html>maintenance</html>", {}
            self.say(status, content, headers)
            if mood == "twice":
                self.say(status, content, headers)

        def say(self, status, content, headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = anything  # noqa: N815 - theirs

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield fake, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def json_answer(status, content, **headers):
    return status, json.dumps(content).encode(), {"Content-Type": "application/json", **headers}


def webhook(fake, method, path, headers, body):
    """Any carrier that answers our own requests; asked a second time, it makes a second label."""
    del headers
    name, _, key = path.strip("/").partition("/")
    if name == "labels":
        return _webhook_label(fake, method, key)
    given = json.loads(body or b"{}")
    document = {"kind": "manifest", "format": "pdf", "content": "JVBERi0="}
    event = {"number": key, "progress": "in_transit", "code": "T1",
             "happened_at": "2026-11-23T18:00:00+01:00"}  # fmt: skip
    answers = {
        "rates": {
            "rates": [{"service": "std", "cents": 480, "transit_days": 1, "arrives_on": None}]
        },
        "pickups": {"number": f"VAN-{given.get('day')}"},
        "manifests": {"document": document},
        "days": {"day": given.get("day")},
        "tracking": {"events": [event]},
    }
    return json_answer(200, answers[name])


def _webhook_label(fake, method, key):
    if method == "PUT":
        number = fake.make(key, f"W{next(labels)}")
        return json_answer(200, {"reference": key, "number": number, "cents": 510})
    if method == "GET" and key not in fake.made:
        return json_answer(404, {"reference": key})
    return json_answer(200, {"reference": key, "number": fake.made.get(key, ["-"])[0]})
