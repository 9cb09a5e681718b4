"""Verbs about exceptions: take one, let it wait, say something of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit.auth import Actor, Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, NotFound
from noria.people import views as people
from noria.tower import exception_store, exception_views, standing_actions, standing_store
from noria.tower.exception_model import CannotLookAfter, NewNote, NoteBody, Noted


def check(note: NoteBody, field: str = "") -> None:
    """Refuse a note whose words do not fit its verb.

    Raises:
        Invalid: a comment without words, an end without a snooze, a person without an assignment.
    """
    faults = []
    if note.verb == "commented" and not note.words.strip():
        faults.append(Fault(f"{field}/words", "say something"))
    if note.until is not None and note.verb != "snoozed":
        faults.append(Fault(f"{field}/until", "only what is snoozed has an end"))
    if (note.person is not None or note.is_nobody) and note.verb != "assigned":
        faults.append(Fault(f"{field}/person", "only what is assigned names somebody"))
    if faults:
        raise Invalid(faults=faults)


def note(
    tx: Connection, notes: Sequence[NewNote], *, actor: Actor, now: datetime
) -> Mapping[str, Noted]:
    """Write down what was done about exceptions that there are, at nodes that the actor reaches.

    Raises:
        NotFound: there is no such exception, or it is at a node that the actor does not see.
        CannotLookAfter: who is named may not do so, there or at all.
    """
    about = [(one.kind, one.subject) for one in notes]
    places = exception_views.places(tx, about)
    if len(places) < len(set(about)):
        standing_actions.look(tx)  # it may have come since
        places = exception_views.places(tx, about)
    reached = actor.nodes(Permission.TOWER_WRITE)
    for one in notes:
        nodes = places.get((one.kind, one.subject))
        if nodes is None or (reached is not None and nodes.isdisjoint(reached)):
            raise NotFound(what="exception", id=f"{one.kind} {one.subject}")
    _check_named(tx, notes, places, actor)
    exception_store.insert(tx, notes, actor=actor.id, now=now)
    standing_store.mind(tx, about)
    return {one.id: Noted(id=one.id) for one in notes}


def _check_named(
    tx: Connection,
    notes: Sequence[NewNote],
    places: Mapping[tuple[str, str], set[str]],
    actor: Actor,
) -> None:
    named = {one.person for one in notes if one.person is not None} - {actor.id}
    reach = people.reach(tx, named, Permission.TOWER_WRITE) if named else {}
    for one in notes:
        if one.person not in named:
            continue
        holds = reach.get(one.person, frozenset())
        if holds is not None and places[one.kind, one.subject].isdisjoint(holds):
            says = CannotLookAfter.says.filled(actor.language, {"person": one.person})
            raise CannotLookAfter(person=one.person, faults=[Fault("/person", says)])


def erase(tx: Connection, orders: Sequence[str], words: Sequence[str]) -> None:
    """Forget what people wrote about these orders, or of these words, and what rows told of them.

    Who did what, and when, stays.
    """
    exception_store.erase(tx, orders, words)
    standing_store.erase(tx, orders, words)
