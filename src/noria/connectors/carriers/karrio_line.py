"""karrio's way out replaced by ours: guarded, with a time limit, and telling troubles apart.

karrio is told of the line in force by the thread that calls it. What it does in threads of its own
is done one after the other in ours.
"""

import io
import threading
import urllib.error
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from noria.carriage.port import Busy, NoAnswer, NotSent
from noria.connectors.carriers.wire import Said, Wire


class _Line(threading.local):
    """What the calling thread speaks over, and the last thing that was said."""

    wire: Wire | None = None
    said: Said | None = None


LINE = _Line()


class Last:
    """What was said last while a line was open."""

    body = b""
    status = 0


@contextmanager
def over(wire: Wire) -> Iterator[Last]:
    """Let karrio speak over this line."""
    before, LINE.wire, LINE.said = LINE.wire, wire, None
    last = Last()
    try:
        yield last
        last.status, last.body = _last_said()
    finally:
        LINE.wire = before


def _last_said() -> tuple[int, bytes]:
    return (LINE.said.status, LINE.said.body) if LINE.said is not None else (0, b"")


@cache
def karrio() -> Any:
    """karrio, with its way out replaced and its log switched off: its lines hold credentials.

    Raises:
        NotSent: it is not installed.
    """
    try:
        sdk: Any = import_module("karrio.sdk")  # an extra: `noria[carriers]`
        library: Any = import_module("karrio.lib")
        log: Any = import_module("loguru").logger
    except ImportError:
        raise NotSent("karrio is not installed: noria[carriers]") from None
    log.remove()
    log.disable("karrio")
    library.request = _request
    library.request_with_response = _request_with_response
    library.run_concurently = _one_by_one
    return sdk


def _request(
    url: str,
    data: Any = None,
    method: str | None = None,
    headers: Mapping[str, Any] | None = None,
    on_ok: Callable[[Any], Any] | None = None,
    on_error: Callable[[Any], Any] | None = None,
    decoder: Callable[[str], Any] | None = None,
    **_: Any,
) -> Any:
    """What karrio calls to send a request: its answer, or one of our troubles."""
    said = _said(url, data, method, headers)
    if said.status >= 400 and on_error is not None:
        return on_error(_http_error(url, said))
    if said.status < 400 and on_ok is not None:
        return on_ok(_Answer(said))
    text = _text(said.body)
    return text if decoder is None else decoder(text)


def _request_with_response(url: str, **more: Any) -> Any:
    said = _said(url, more.get("data"), more.get("method"), more.get("headers"))
    helpers = import_module("karrio.core.utils.helpers")
    return helpers.HttpResponse(
        content=_text(said.body),
        status_code=said.status,
        headers=dict(said.headers),
        is_error=said.status >= 400,
    )


def _said(url: str, data: Any, method: str | None, headers: Mapping[str, Any] | None) -> Said:
    """One exchange; troubles in front of the carrier are never given to karrio to read."""
    assert LINE.wire is not None, "karrio speaks outside a line"
    body = _bytes(data)
    kept = {name: str(value) for name, value in (headers or {}).items() if value is not None}
    said = LINE.wire.ask(method or ("GET" if body is None else "POST"), url, body, kept)
    LINE.said = said
    if said.status == 429:
        raise Busy(f"status {said.status}")
    if said.status >= 500 or said.status == 408 or 300 <= said.status < 400:
        raise NoAnswer(f"status {said.status}")
    return said


def _bytes(data: Any) -> bytes | None:
    if data is None or isinstance(data, bytes):
        return data
    return data.encode() if isinstance(data, str) else msgspec.json.encode(data)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _one_by_one(
    verb: Callable[[Any], Any], several: Iterable[Any], *_: Any, **__: Any
) -> list[Any]:
    return [verb(one) for one in several]


def _http_error(url: str, said: Said) -> urllib.error.HTTPError:
    names = Message()
    for name, value in said.headers.items():
        names[name] = value
    return urllib.error.HTTPError(url, said.status, "refused", names, io.BytesIO(said.body))


class _Answer:
    """An answer as the library of karrio's own requests would show it."""

    def __init__(self, said: Said) -> None:
        self.status, self.headers = said.status, dict(said.headers)
        self._body = said.body

    def read(self) -> bytes:
        return self._body
