"""A caller of the API that never gives up: what was not answered is sent again, with its id."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import msgspec
from msgspec import Struct

from noria.kit.errors import Kind, Refusal, Text

log = logging.getLogger("noria.replay")

PATIENCE_S = 180.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
AGAIN = {429, 502, 503, 504}


class NobodyAnswers(Refusal):
    code = "nobody-answers"
    kind = Kind.UNAVAILABLE
    says = Text("Nothing answers at {url}: {why}.", "Rien ne répond à {url}\u202f: {why}.")
    do = Text(
        "Run `noria doctor`; then start again, nothing done is done twice.",
        "Lancez `noria doctor`, puis recommencez\u202f: rien n'est fait deux fois.",
    )


class Unexpected(Struct, frozen=True, kw_only=True):
    """An answer that the story did not foresee: an error of the replay."""

    what: str
    status: int
    body: str


class Client:
    """One connection to an installation, with a key. `unexpected` is what went wrong so far."""

    def __init__(self, url: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(base_url=url, headers=headers, timeout=60)
        self._url = url
        self.unexpected: list[Unexpected] = []
        self.requests = 0

    def wait(self) -> None:
        """Come back when the server answers."""
        self._patiently("GET", "/healthz", None, None, {})

    def get(self, path: str, **params: Any) -> Any:
        return self._send("GET", path, params=params)

    def put(self, path: str, body: Any) -> Any:
        return self._send("PUT", path, body=body)

    def post(self, path: str, body: Any, *, key: str | None = None) -> Any:
        return self._send("POST", path, body=body, key=key)

    def post_raw(self, path: str, body: bytes) -> Any:
        """Send bytes as they are: what somebody else has written."""
        return self._answered("POST", path, None, body, {"Content-Type": "application/json"})

    def batch(self, path: str, items: Sequence[Mapping[str, Any]], size: int) -> None:
        """Send items in slices; each one that is refused counts as unexpected.

        What could not be answered just now is sent again, with its id.
        """
        for start in range(0, len(items), size):
            some, until = list(items[start : start + size]), time.monotonic() + PATIENCE_S
            while some:
                answer = self.post(path, {"items": some})
                told = {item["id"]: item for item in answer["items"]} if answer else {}
                again = {key for key, item in told.items() if item["status"] in AGAIN}
                some = [item for item in some if item["id"] in again]
                if time.monotonic() > until:
                    again, some = set(), []
                for key, item in told.items():
                    if item["status"] >= 400 and key not in again:
                        self._note(f"{path} {key}", item["status"], str(item["problem"]))
                if some:
                    time.sleep(LONGEST_PAUSE_S)

    def every(self, path: str, **params: Any) -> list[Any]:
        """All pages of a list."""
        items: list[Any] = []
        token = None
        while True:
            page = self.get(path, limit=1000, **params, **({"cursor": token} if token else {}))
            if page is None:
                return items
            items += page["items"]
            token = page.get("next")
            if token is None:
                return items

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Any = None,
        body: Any = None,
        key: str | None = None,
    ) -> Any:
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if content is None else {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self._answered(method, path, params, content, headers)

    def _answered(
        self, method: str, path: str, params: Any, content: bytes | None, headers: dict[str, str]
    ) -> Any:
        answer = self._patiently(method, path, params, content, headers)
        self.requests += 1
        if answer.status_code >= 400:
            self._note(f"{method} {path}", answer.status_code, answer.text)
            return None
        return msgspec.json.decode(answer.content)

    def _patiently(
        self, method: str, path: str, params: Any, content: bytes | None, headers: dict[str, str]
    ) -> httpx2.Response:
        until = time.monotonic() + PATIENCE_S
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                answer = self._http.request(
                    method, path, params=params, content=content, headers=headers
                )
                why = f"status {answer.status_code}"
                if answer.status_code not in AGAIN:
                    return answer
            except httpx2.TransportError as problem:
                why = str(problem) or type(problem).__name__
            if time.monotonic() > until:
                raise NobodyAnswers(url=self._url, why=why)
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _note(self, what: str, status: int, body: str) -> None:
        log.warning("unexpected: %s: %d %s", what, status, body[:2000])
        self.unexpected.append(Unexpected(what=what, status=status, body=body[:2000]))
