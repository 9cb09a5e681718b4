"""The door's own words: routes that name their permission, answers given once, pages, problems."""

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, LiteralString, Protocol, TypeVar

import litestar
import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct, structs

from noria.kit import clock, idempotency
from noria.kit.auth import Actor, Permission
from noria.kit.db import Connection, Database
from noria.kit.errors import Fault, IdReused, Invalid, Kind, Refusal, Stale, Text
from noria.kit.fault_words import in_french
from noria.kit.ids import CODE_PATTERN

T = TypeVar("T")
Wanted_contra = TypeVar("Wanted_contra", contravariant=True)
PROBLEM_TYPE = "application/problem+json"
PAGE, LARGEST_PAGE = 100, 1000

Instant = Annotated[
    datetime,
    msgspec.Meta(
        tz=True, description="With its offset from UTC.", examples=["2026-11-27T09:30:00+01:00"]
    ),
]
PathCode = Annotated[
    str, PathParameter(pattern=CODE_PATTERN, description="An id or code: 1 to 64 plain characters.")
]
QueryCode = Annotated[str | None, QueryParameter(description="Only this one.", max_length=64)]
QueryCodes = Annotated[
    list[str] | None,
    QueryParameter(description="Only these; repeat the parameter for several.", max_items=200),
]
QueryWords = Annotated[
    str,
    QueryParameter(name="q", max_length=100, description="Part of a name, or how a code begins."),
]
QueryLimit = Annotated[
    int, QueryParameter(ge=1, le=LARGEST_PAGE, description="How many items a page may hold.")
]
QueryCursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor", max_length=1000, description="`next` of the page before; none for the first."
    ),
]

STATUS: dict[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.NO_SUCH_METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.UNPROCESSABLE: 422,
    Kind.PRECONDITION_MISSING: 428,
    Kind.TOO_MANY: 429,
    Kind.HEAD_TOO_LARGE: 431,
    Kind.FAILED: 500,
    Kind.UNAVAILABLE: 503,
}


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457: what went wrong, in words, with a stable code and what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    todo: str
    errors: Sequence[Fault] = ()
    request_id: str = ""


class PreconditionMissing(Refusal):
    code = "if-match-missing"
    kind = Kind.PRECONDITION_MISSING
    says = Text(
        "This exists already, and the request does not say which version it changes.",
        "Cela existe déjà, et la demande ne dit pas quelle version elle modifie.",
    )
    do = Text(
        "Read it, then send its ETag back as If-Match.",
        "Lisez-le, puis renvoyez son ETag dans If-Match.",
    )


def problem(refusal: Refusal, *, language: str = "en", request_id: str = "") -> Problem:
    """The refusal as the world sees it."""
    faults = refusal.faults
    if language == "fr":
        faults = tuple(structs.replace(one, message=in_french(one.message)) for one in faults)
    return Problem(
        type=f"/docs/problems#{refusal.code}",
        title=refusal.code.replace("-", " ").capitalize(),
        status=STATUS[refusal.kind],
        detail=refusal.sentence(language),
        code=refusal.code,
        todo=refusal.remedy(language),
        errors=faults,
        request_id=request_id,
    )


class Page(Struct, Generic[T], frozen=True):
    """Some of a list; `next` asks for what follows, and is null at the end."""

    items: Sequence[T]
    next: str | None = None


def page(found: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> Page[T]:
    """Turn `limit + 1` rows into a page: the extra one only says that there is more."""
    if len(found) <= limit:
        return Page(found)
    shown = found[:limit]
    return Page(shown, token(key(shown[-1])))


def aware(name: str, at: datetime | None) -> datetime | None:
    """An instant of a query, which must say its offset: an hour without one is nobody's hour."""
    if at is not None and at.tzinfo is None:
        raise Invalid(faults=[Fault(f"/{name}", "it has no offset from UTC")])
    return at


def token(key: Sequence[Any]) -> str:
    """A key as a page token, which `cursor` reads."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(key))).decode()


def cursor(token: str | None, length: int) -> list[Any] | None:
    """The key that a page token stands for (strings and numbers), or None for the first page."""
    if token is None:
        return None
    try:
        key = msgspec.json.decode(base64.urlsafe_b64decode(token), type=list[str | int])
    except (ValueError, msgspec.DecodeError):
        key = []
    if len(key) != length:
        raise Invalid(faults=[Fault("/cursor", "this is not a cursor that we gave out")])
    return key


class ItemAnswer(Struct, Generic[T], frozen=True, kw_only=True, omit_defaults=True):
    """What one item of a batch was answered: its own status, and an answer or a problem."""

    id: str
    status: int
    answer: T | None = None
    problem: Problem | None = None


class BatchAnswer(Struct, Generic[T], frozen=True):
    """One answer for each item, in the order in which they were sent."""

    items: Sequence[ItemAnswer[T]]


class Save(Protocol[Wanted_contra]):
    """A verb that creates or changes what is editable, if `check` lets its version through."""

    def __call__(
        self,
        tx: Connection,
        wanted: Wanted_contra,
        /,
        *,
        actor: str,
        now: datetime,
        request_id: str,
        check: Callable[[int | None], None],
    ) -> None: ...


class End(Protocol):
    """A verb that takes away what is editable, if `check` lets its version through."""

    def __call__(
        self,
        tx: Connection,
        key: str,
        /,
        *,
        actor: str,
        request_id: str,
        check: Callable[[int | None], None],
    ) -> None: ...


class Door(Struct, frozen=True, kw_only=True):
    """One request at the door: who asks, and how to read, act, and answer once."""

    db: Database
    actor: Actor
    request_id: str
    route: str
    idempotency_key: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    wants_no_copy: bool = False
    """Whether the answer has to come from the database: Cache-Control: no-cache."""

    def nodes(self, permission: Permission, asked: Sequence[str] | None) -> list[str] | None:
        """The nodes a list may show: those asked for, of those the actor reaches; None for all."""
        reached = self.actor.nodes(permission)
        if asked is None or reached is None:
            return list(asked) if asked is not None else reached
        return [node for node in asked if node in reached]

    def read(self, question: Callable[[Connection], T]) -> T:
        with self.db.transaction() as tx:
            tx.execute("set transaction read only")
            return question(tx)

    def show(self, question: Callable[[Connection], tuple[T, int]]) -> Response[T]:
        """What is editable, with its version as ETag; 304 if the caller has that one already."""
        found, version = self.read(question)
        return _tagged(found, version, self.if_none_match)

    def edit(self, verb: Callable[[Connection, datetime], tuple[T, int]]) -> Response[T]:
        """Change what is editable, and answer it as it is now, with its new version as ETag."""
        found, version = self.db.run(lambda tx: verb(tx, clock.now(tx)))
        return _tagged(found, version, None)

    def save(
        self,
        verb: Save[T],
        wanted: T,
        seen: Callable[[Connection], tuple[T, int]],
    ) -> Response[T]:
        """Create or change what is editable, naming by If-Match the version that was read."""

        def work(tx: Connection, now: datetime) -> tuple[T, int]:
            verb(
                tx,
                wanted,
                actor=self.actor.id,
                now=now,
                request_id=self.request_id,
                check=lambda version: check_version(self, version),
            )
            return seen(tx)

        return self.edit(work)

    def end(self, verb: End, key: str) -> None:
        """Take away what is editable; an If-Match, if there is one, has to be the current one."""

        def check(version: int | None) -> None:
            if self.if_match is not None:
                check_version(self, version)

        self.db.run(
            lambda tx: verb(tx, key, actor=self.actor.id, request_id=self.request_id, check=check)
        )

    def edit_batch(
        self,
        keys: Sequence[str],
        verb: Callable[[Connection, datetime, list[str]], Mapping[str, T]],
    ) -> Response[BatchAnswer[T]]:
        """Change many things at once, each as often as it is sent; one refused hides no other."""
        check_once(keys)

        def work(tx: Connection) -> list[ItemAnswer[T]]:
            done = idempotency.each(tx, clock.now(tx), list(keys), verb)
            return [self.item(key, done[key]) for key in keys]

        return Response(BatchAnswer(self.db.run(work)))

    def act(
        self, content: Any, verb: Callable[[Connection, datetime], T], *, status: int = 200
    ) -> Response[T]:
        """Do it once for each Idempotency-Key; without one, do it each time it is asked."""
        key = self.idempotency_key
        return self._once(f"{self.route} {self.actor.id}", key, content, verb, status)

    def once(
        self,
        key: str,
        content: Any,
        verb: Callable[[Connection, datetime], T],
        *,
        status: int = 200,
        reused: Callable[[Connection], Refusal | None] | None = None,
    ) -> Response[T]:
        """Do it once for each `key`, the caller's own id: sent again, the first answer comes back.

        Where the key is not the caller's own, but what it is done to, `reused` says what differs.

        Raises:
            IdReused: the id came before, with other content.
        """
        return self._once(self.route, key, content, verb, status, reused)

    def _once(
        self,
        scope: str,
        key: str | None,
        content: Any,
        verb: Callable[[Connection, datetime], T],
        status: int,
        reused: Callable[[Connection], Refusal | None] | None = None,
    ) -> Response[T]:
        def work(tx: Connection) -> tuple[int, bytes]:
            if key is not None:
                claim = idempotency.claim(tx, scope, {key: idempotency.digest(content)})
                if claim.reused:
                    raise (reused and reused(tx)) or IdReused(id=key)
                if key in claim.known:
                    return claim.known[key].status, claim.known[key].body
            body = msgspec.json.encode(verb(tx, clock.now(tx)))
            if key is not None:
                idempotency.settle(tx, scope, {key: (status, body)})
            return status, body

        status, body = self.db.run(work)
        return Response(body, status_code=status, media_type="application/json")  # type: ignore[arg-type]

    def batch(
        self,
        scope: str,
        items: Sequence[tuple[str, Any]],
        verb: Callable[[Connection, datetime, list[str]], Mapping[str, T]],
        refused: Callable[[Connection, datetime, Mapping[str, Refusal]], None] | None = None,
    ) -> Response[BatchAnswer[T]]:
        """Do many at once, each once for its id; a refused one does not hide the others.

        `scope` is the route that takes one of them, so that an id means the same by either way.
        `verb` gets the ids that are new, and answers each. `refused` hears of those that it
        refused.
        """
        ids = [key for key, _ in items]
        check_once(ids)
        digests = {key: idempotency.digest(content) for key, content in items}

        def work(tx: Connection) -> list[ItemAnswer[Any]]:
            claim = idempotency.claim(tx, scope, digests)
            fresh = [key for key in ids if key not in claim.known and key not in claim.reused]
            done = idempotency.each(tx, clock.now(tx), fresh, verb)
            said = {key: answer for key, answer in done.items() if not isinstance(answer, Refusal)}
            idempotency.settle(
                tx, scope, {key: (200, msgspec.json.encode(answer)) for key, answer in said.items()}
            )
            idempotency.release(tx, scope, [key for key in fresh if key not in said])
            if refused is not None:
                noes = {key: no for key, no in done.items() if isinstance(no, Refusal)}
                refused(tx, clock.now(tx), noes)
            return [self._item(key, claim, done) for key in ids]

        return Response(BatchAnswer(self.db.run(work)))

    def _item(self, key: str, claim: idempotency.Claim, done: Mapping[str, Any]) -> ItemAnswer[Any]:
        if key in claim.known:
            known = claim.known[key]
            return ItemAnswer(id=key, status=known.status, answer=msgspec.Raw(known.body))
        return self.item(key, IdReused(id=key) if key in claim.reused else done[key])

    def item(self, key: str, answer: T | Refusal) -> ItemAnswer[T]:
        """What one item of a batch is answered."""
        if not isinstance(answer, Refusal):
            return ItemAnswer(id=key, status=200, answer=answer)
        said = problem(answer, language=self.actor.language, request_id=self.request_id)
        return ItemAnswer(id=key, status=said.status, problem=said)


def check_once(keys: Sequence[str]) -> None:
    """Refuse a batch in which an id is twice: nobody could say which of the two was meant."""
    seen: set[str] = set()
    faults = []
    for index, key in enumerate(keys):
        if key in seen:
            faults.append(Fault(f"/items/{index}", f"{key} is there twice"))
        seen.add(key)
    if faults:
        raise Invalid(faults=faults)


def _tagged(content: T, version: int, known: str | None) -> Response[T]:
    headers = {"ETag": etag(version)}
    if known is not None and etag(version) in [tag.strip() for tag in known.split(",")]:
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]  # no body
    return Response(content, headers=headers)


def check_address(field: str, given: str, address: str) -> None:
    """Refuse a body that names itself otherwise than the address it is sent to."""
    if given != address:
        raise Invalid(faults=[Fault(f"/{field}", f"the address says {address}")])


def etag(version: int) -> str:
    return f'"{version}"'


def check_version(door: Door, current: int | None) -> None:
    """Let an edit through only if it names the version it changes; a first PUT needs none.

    Raises:
        PreconditionMissing: it exists and there is no If-Match.
        Stale: If-Match names another version.
    """
    if current is None:
        if door.if_match is not None:
            raise Stale(believed=door.if_match, current="absent")
    elif door.if_match is None:
        raise PreconditionMissing
    elif door.if_match not in (etag(current), "*"):
        raise Stale(believed=door.if_match, current=etag(current))


_DECLARED = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 503)
PROBLEMS = {
    status: ResponseSpec(Problem, media_type=PROBLEM_TYPE, generate_examples=False)
    for status in _DECLARED
}


def reads(
    path: LiteralString, needs: Permission | None, *, has_version: bool = False, **more: Any
) -> litestar.get:
    """A GET that asks for a permission (None: of any actor); the handler runs in a thread.

    `has_version`: it answers with an ETag (`Door.show`), and 304 to who has that one.
    """
    more["opt"] = {"permission": needs, "has_version": has_version} | more.get("opt", {})
    return litestar.get(path, sync_to_thread=True, **more)


def puts(
    path: LiteralString, needs: Permission | None, *, has_version: bool = False, **more: Any
) -> litestar.put:
    """A PUT that asks for a permission; `has_version`: it wants If-Match (`check_version`)."""
    more["opt"] = {"permission": needs, "has_version": has_version} | more.get("opt", {})
    return litestar.put(path, sync_to_thread=True, **more)


def posts(path: LiteralString, needs: Permission, **more: Any) -> litestar.post:
    """A POST that asks for a permission and answers 200 unless it says otherwise."""
    more.setdefault("status_code", 200)
    more["opt"] = {"permission": needs} | more.get("opt", {})
    return litestar.post(path, sync_to_thread=True, **more)


def deletes(path: LiteralString, needs: Permission, **more: Any) -> litestar.delete:
    """A DELETE that asks for a permission; it answers nothing."""
    more["opt"] = {"permission": needs} | more.get("opt", {})
    return litestar.delete(path, sync_to_thread=True, **more)
