"""What facts of the node are judged by, read once for those that are told in a row."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import structs

from noria.catalog import gs1_actions
from noria.catalog import views as catalog
from noria.catalog.gs1_model import Meaning
from noria.catalog.model import Tracking
from noria.kit.db import Connection
from noria.work import actions, views
from noria.work.fact_model import Fact, Laid, Scan
from noria.work.model import Part, Task, Wave


class Gathered:
    """What the book says of the tasks and waves that facts name, under their locks.

    A scan changes nothing of it but what is confirmed, which is noted here as well. Whatever else
    is told may change all of it: then it is forgotten, and read again by whoever asks next.
    """

    def __init__(self, tx: Connection, facts: Sequence[Fact], *, now: datetime) -> None:
        self._tx = tx
        self._now = now
        self._typed = {fact.sku for fact in facts if isinstance(fact, Scan) and fact.sku}
        self._meanings: Mapping[str, Meaning] | None = None
        self._tracked: dict[str, Tracking] = {}
        self.forget()

    def forget(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._waves: dict[str, Wave] = {}
        self._slots: dict[str, dict[str, int]] = {}
        self._parts: dict[str, list[Part]] = {}

    def task(self, key: str) -> Task:
        """The open task of that id; the refusals are those of `known_task`."""
        if key not in self._tasks:
            self._tasks[key] = actions.known_task(self._tx, key, now=self._now)
        return self._tasks[key]

    def wave(self, key: str) -> Wave:
        """The wave of that id, over or not; the refusals are those of `known_wave`."""
        if key not in self._waves:
            self._waves[key] = actions.known_wave(self._tx, key, now=self._now)
        return self._waves[key]

    def slots(self, wave: str) -> Mapping[str, int]:
        """The open tasks of a wave, each with its place on the cart."""
        if wave not in self._slots:
            self._slots[wave] = views.slots(self._tx, wave)
        return self._slots[wave]

    def parts(self, tasks: Sequence[str]) -> dict[str, list[Part]]:
        """What tasks want by SKU, what of it is confirmed, and what is missing."""
        if unread := [task for task in tasks if task not in self._parts]:
            self._parts |= actions.parts_of(self._tx, unread)
        return {task: self._parts[task] for task in tasks}

    def note(self, sku: str, laid: Sequence[Laid]) -> None:
        """Units were confirmed for these tasks."""
        for one in laid:
            self._parts[one.task] = [
                structs.replace(part, picked=part.picked + one.units) if part.sku == sku else part
                for part in self._parts[one.task]
            ]

    def typed(self, sku: str) -> Meaning | None:
        """What a SKU means that was typed by one of the facts; None: there is no such SKU."""
        if self._meanings is None:
            self._meanings = gs1_actions.typed(self._tx, self._typed)
        return self._meanings.get(sku)

    def tracking(self, sku: str) -> Tracking:
        """How units of a SKU are told apart."""
        if sku not in self._tracked:
            asked = {sku, *(self._meanings or ())} - self._tracked.keys()
            found = catalog.tracked(self._tx, asked)
            self._tracked |= {one: found.get(one, Tracking.UNTRACKED) for one in asked}
        return self._tracked[sku]
