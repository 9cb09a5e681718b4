"""Every error at the door, turned into a problem: a code, a sentence, what to do, and where."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import Method
from litestar.utils.path import normalize_path

from noria.kit.errors import Fault, Invalid, Kind, Refusal, Text
from noria.kit.http import PROBLEM_TYPE, STATUS, Problem, problem

METHODS: tuple[Method, ...] = ("DELETE", "GET", "OPTIONS", "POST", "PUT")

log = structlog.get_logger("noria.door")


class MalformedJson(Refusal):
    code = "malformed-json"
    kind = Kind.INVALID
    says = Text("The body is not JSON that we accept.", "Le corps n'est pas un JSON accepté.")
    do = Text(
        "Send one JSON value in UTF-8, each key once in its object, no NaN and no \\u0000.",
        "Envoyez une valeur JSON en UTF-8, chaque clé une fois par objet, ni NaN ni \\u0000.",
    )


class UnknownParameter(Refusal):
    code = "unknown-parameter"
    kind = Kind.INVALID
    says = Text(
        "This address takes no query parameter {names}.",
        "Cette adresse ne prend pas de paramètre {names}.",
    )
    do = Text(
        "Remove or correct it; known here: {known}.", "Retirez-le ; connus ici\u202f: {known}."
    )


class UnknownAddress(Refusal):
    code = "unknown-address"
    kind = Kind.NOT_FOUND
    says = Text("There is nothing at this address.", "Il n'y a rien à cette adresse.")
    do = Text("Compare it with the list at /docs.", "Comparez-la à la liste de /docs.")


class MethodNotAllowed(Refusal):
    code = "method-not-allowed"
    kind = Kind.NO_SUCH_METHOD
    says = Text("This address does not take {method}.", "Cette adresse ne prend pas {method}.")
    do = Text("Use one of: {allowed}.", "Utilisez\u202f: {allowed}.")


class BodyTooLarge(Refusal):
    code = "body-too-large"
    kind = Kind.TOO_LARGE
    says = Text("The body is larger than {limit} bytes.", "Le corps dépasse {limit} octets.")
    do = Text(
        "Send it in several parts, or raise NORIA_BODY_LIMIT_BYTES.",
        "Envoyez-le en plusieurs parties, ou relevez NORIA_BODY_LIMIT_BYTES.",
    )


class UnsupportedMediaType(Refusal):
    code = "unsupported-media-type"
    kind = Kind.UNSUPPORTED
    says = Text("A body of type {given} is not read here.", "Un corps {given} n'est pas lu ici.")
    do = Text(
        "Send JSON in UTF-8, with Content-Type: application/json.",
        "Envoyez du JSON en UTF-8, avec Content-Type\u202f: application/json.",
    )


class ValueOutOfRange(Refusal):
    code = "value-out-of-range"
    kind = Kind.INVALID
    says = Text(
        "A value is outside of what can be stored.", "Une valeur dépasse ce qui peut être stocké."
    )
    do = Text(
        "Check numbers, dates and unusual characters.",
        "Vérifiez les nombres, les dates et les caractères inhabituels.",
    )


class Failed(Refusal):
    code = "failed"
    kind = Kind.FAILED
    says = Text("Something broke on our side.", "Une erreur s'est produite de notre côté.")
    do = Text(
        "Send it again with the same id; if it breaks again, report the request id.",
        "Renvoyez avec le même identifiant\u202f; si cela se répète, citez le numéro de requête.",
    )


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """What the caller is told about `error`; what only a bug can cause is logged in full."""
    return respond(request, _logged(refusal_of(request, error), error))


def told(error: Exception) -> Refusal:
    """As `answer`, where no framework has seen the request."""
    match error:
        case Refusal():
            return error
        case psycopg.DataError():
            return _logged(ValueOutOfRange(), error)
        case _:
            return _logged(Failed(), error)


def _logged(refusal: Refusal, error: Exception) -> Refusal:
    if isinstance(refusal, Failed):
        log.error("request failed", exc_info=error)
    elif isinstance(refusal, ValueOutOfRange):
        log.warning("a value got past the checks at the door", exc_info=error)
    return refusal


def respond(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    state = request.scope.get("state", {})
    said = problem(refusal, language=language(request), request_id=state.get("request_id", ""))
    return Response(
        said, status_code=said.status, media_type=PROBLEM_TYPE, headers=headers(refusal)
    )


def refusal_of(request: Request[Any, Any, Any], error: Exception) -> Refusal:  # noqa: PLR0911 - a table
    match error:
        case Refusal():
            return error
        case psycopg.DataError():
            return ValueOutOfRange()
        case ValidationException():
            return Invalid(faults=_faults(error.extra))
        case NotFoundException():
            return UnknownAddress()
        case MethodNotAllowedException():
            allowed = allowed_methods(request.app, request.scope["path"])
            return MethodNotAllowed(method=request.method, allowed=", ".join(allowed))
        case RequestEntityTooLarge():
            return BodyTooLarge(limit=request.route_handler.resolve_request_max_body_size())
        case HTTPException() if error.status_code < 500 or "disconnected" in error.detail:
            return Invalid(faults=[Fault("", error.detail)])
        case _:
            return Failed()


NAMED = re.compile(r"(^|[,\s])(en|fr)\b", re.IGNORECASE)


def language(request: Request[Any, Any, Any]) -> str:
    """What the request likes better of en and fr; where it names neither, that of who is logged in.

    The page that somebody reads names its own: an answer speaks as the page around it.
    """
    accepted = request.headers.get("accept-language", "")
    actor = request.scope.get("state", {}).get("actor")
    if actor is not None and actor.id.startswith("person:") and not NAMED.search(accepted):
        spoken: str = actor.language
        return spoken
    return preferred(accepted)


def preferred(accepted: str) -> str:
    """`fr` or `en`, whichever an Accept-Language header likes better; `en` in doubt."""
    liking = {"en": 0.0, "fr": 0.0}
    for part in accepted.lower().split(","):
        tag, _, weight = part.partition(";")
        spoken = tag.strip().partition("-")[0]
        found = re.fullmatch(r"\s*q=([01](?:\.\d{1,3})?)\s*", weight)
        if spoken in liking and (found or not weight):
            liking[spoken] = max(liking[spoken], float(found[1]) if found else 1.0)
    return "fr" if liking["fr"] > liking["en"] else "en"


def allowed_methods(app: Litestar, path: str) -> Sequence[str]:
    """The methods that an address takes; none if there is nothing."""
    allowed = []
    for method in METHODS:
        try:
            app.asgi_router.handle_routing(path=normalize_path(path), method=method)
        except HTTPException:
            continue
        allowed.append(method)
    return [*allowed, "HEAD"] if "GET" in allowed else allowed


def pointer(path: str) -> str:
    """A JSON pointer out of msgspec's way to say it: `$.lines[3].quantity` is /lines/3/quantity."""
    parts = re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path.removeprefix("$"))
    return "".join(
        "/" + (name or index).replace("~", "~0").replace("/", "~1") for name, index in parts
    )


def fault(message: str, within: str = "") -> Fault:
    """A message of msgspec as a fault: where, and what is wrong there."""
    what, _, where = message.partition(" - at `")
    place = within + pointer(where.rstrip("`"))
    named = re.match(r"Object (contains unknown|missing required) field `(.+)`", what)
    if named is None:
        return Fault(place, what)
    code = "unknown-field" if named[1].startswith("contains") else "required"
    return Fault(f"{place}/{named[2]}", what, code)


def _faults(extra: Any) -> list[Fault]:
    """What Litestar says about parameters: a list of `{key, message}`."""
    found: Sequence[Mapping[str, str]] = extra if isinstance(extra, list) else []
    return [fault(item.get("message", ""), _key(item)) for item in found]


def _key(item: Mapping[str, str]) -> str:
    key = item.get("key", "")
    return "/" + key.replace(".", "/") if key else ""


def headers(refusal: Refusal) -> dict[str, str]:
    """What is said beside a refusal: when to come back, how to log in, what else is allowed."""
    said = {}
    if refusal.retry_after_s is not None:
        said["Retry-After"] = str(refusal.retry_after_s)
    if STATUS[refusal.kind] == 401:
        said["WWW-Authenticate"] = 'Bearer realm="noria"'
    if isinstance(refusal, MethodNotAllowed):
        said["Allow"] = refusal.details["allowed"]
    return said
