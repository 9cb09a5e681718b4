"""The tests' own test: faults planted in a copy of the code, each of which must be found.

A mutant is a text of the code that is replaced by a wrong one, and the check that ought to notice.
The code is copied, the text replaced, a server of its own made from the copy, and the check run in
a process of its own. A text that is no longer there is a fault of this table, and said to be.
"""

import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

from msgspec import Struct

from noria.lab.torture.model import Place, Tally, tally

CHECK_S = 120.0
RED = 1


class Mutant(Struct, frozen=True):
    """`old`, in a file below the package, becomes `new`; `check` must then fail."""

    name: str
    file: str
    old: str
    new: str
    check: str


HOLDS = "promise/holds_rules.py"
STORE, PROMISE, RULES = "stock/store.py", "promise/actions.py", "promise/rules.py"
WISHES = "promise/wish_rules.py"

MUTANTS = (
    Mutant(
        "the lock of balances left out",
        STORE,
        "on conflict (sku, node, state) do update set quantity = balance.quantity where false",
        "on conflict do nothing",
        "races:hold two lines of one SKU|sale",
    ),
    Mutant(
        "the guard left out",
        WISHES,
        "there = free + sum(one.units for one in own)",
        "there = free + 1 + sum(one.units for one in own)",
        "steps",
    ),
    Mutant(
        "lines of one SKU not added up",
        WISHES,
        "self._shelf[pair] = self._shelf.get(pair, 0) - units",
        "self._shelf[pair] = self._given.available.get(pair, 0) - units",
        "steps",
    ),
    Mutant(
        "locks in any order",
        STORE,
        'order by sku collate "C", node collate "C", state::text',
        "order by md5(sku || node || random())",
        "deadlocks",
    ),
    Mutant(
        "a release that counts twice",
        PROMISE,
        "draws = [Draw(reservation=key, units=one.held) for key, one in held.items() if one.held]",
        "draws = [Draw(reservation=key, units=1) for key, one in held.items() if one.held]",
        "steps",
    ),
    Mutant(
        "a wrong sign",
        "stock/rules.py",
        "total[move.sku, move.target.node, move.target.state] += move.quantity",
        "total[move.sku, move.target.node, move.target.state] -= move.quantity",
        "steps",
    ),
    Mutant(
        "a second balance is shifted too",
        STORE,
        "where (balance.sku, balance.node, balance.state) = (given.sku, given.node, given.state)\n"
        "            and given.change <> 0",
        "where (balance.sku, balance.state) = (given.sku, given.state)\n"
        "            and given.change <> 0",
        "steps",
    ),
    Mutant(
        "expiry by the machine's clock",
        "promise/store.py",
        "and expires_at <= greatest(%(now)s, noria_now())",
        "and expires_at <= now()",
        "steps",
    ),
    Mutant(
        "draws of one reservation not added up",
        "promise/store.py",
        "select id, sum(units)::bigint as units",
        "select id, max(units)::bigint as units",
        "steps",
    ),
    Mutant(
        "check, then act: returns of an order",
        "returns/store.py",
        "hashtext('returns'), hashtext(%s))",
        "hashtext('returns'), hashtext(%s || random()))",
        "races:announce a return|announce another return",
    ),
    Mutant(
        "an order read without its lock",
        "orders/store.py",
        'rows(tx, Head, HEADS + " order by id for update"',
        'rows(tx, Head, HEADS + " order by id"',
        "races:cancel order|ship",
    ),
    Mutant(
        "the same id takes effect twice",
        "kit/idempotency.py",
        "            on conflict do nothing\n            returning key",
        "            on conflict (scope, key) do update set digest = excluded.digest\n"
        "            returning key",
        "once",
    ),
    Mutant(
        "another content under the same id",
        "kit/idempotency.py",
        "if answer.digest == digests[answer.key]",
        "if answer.digest",
        "once",
    ),
    Mutant(
        "an answer that is not kept",
        "kit/idempotency.py",
        "where answer.scope = %s and answer.key = new.key",
        "where answer.scope = %s and answer.key = new.key and false",
        "once",
    ),
    Mutant(
        "what was believed is not compared",
        "stock/levels/actions.py",
        "rules.check_believed(level, wish)",
        "assert level",
        "steps",
    ),
    Mutant(
        "a level compared before its lock",
        "stock/levels/actions.py",
        "    levels = views.levels(tx, shelves)\n    movements",
        "    levels = before\n    movements",
        "races:level write|import",
    ),
    Mutant(
        "a transfer loaded twice",
        "supply/store.py",
        "select from transfer where id = %s for update",
        "select from transfer where id = %s",
        "races:dispatch a transfer|dispatch a transfer",
    ),
    Mutant(
        "a purchase received twice",
        "supply/store.py",
        "select from purchase_order where id = %s for update",
        "select from purchase_order where id = %s",
        "races:receive a purchase|receive a purchase again",
    ),
    Mutant(
        "a return opened twice",
        "returns/store.py",
        "select from rma where id = %s for update",
        "select from rma where id = %s",
        "races:receive a return|receive a return",
    ),
    Mutant(
        "a fact that fell short is not found",
        "stock/rules.py",
        "if move.source.state is not State.OUTSIDE and short > 0:",
        "if move.source.state is not State.OUTSIDE and short > 1:",
        "steps",
    ),
    Mutant(
        "what a fact brings, the next may not take",
        "stock/rules.py",
        "left[target] = left.get(target, 0) + move.quantity",
        "left[target] = left.get(target, 0)",
        "steps",
    ),
    Mutant(
        "a hold is not free at its instant",
        "promise/store.py",
        "and expires_at <= greatest(%(now)s, noria_now())",
        "and expires_at < greatest(%(now)s, noria_now())",
        "steps",
    ),
    Mutant(
        "a refusal that leaves something behind",
        "kit/db.py",
        "with self._pool.connection() as connection, connection.transaction():",
        "with self._pool.connection() as connection:",
        "steps",
    ),
    Mutant(
        "a retry with a new id",
        "lab/torture/kills.py",
        "            told.lose(len(batch))\n",
        "            told.lose(len(batch))\n"
        "            batch = [Request(one.key + 'x', one.sku, one.units) for one in batch]\n",
        "replies",
    ),
    Mutant(
        "held units of another state",
        RULES,
        "target=Place(hold.node, State.RESERVED),",
        "target=Place(hold.node, State.HOLD),",
        "steps",
    ),
    Mutant(
        "a count that is added to the book",
        "stock/rules.py",
        "surplus = line.quantity - expected",
        "surplus = line.quantity",
        "steps",
    ),
    Mutant(
        "a sweep that gives back a part",
        PROMISE,
        "draws = [Draw(reservation=key, units=one.held) for key, one in sorted(held.items())]",
        "draws = [Draw(reservation=key, units=1) for key, one in sorted(held.items())]",
        "steps",
    ),
    Mutant(
        "legs read without the lock of their orders",
        "orders/store.py",
        "        for update of customer_order\n",
        "",
        "races:cancel order|ship",
    ),
    Mutant(
        "what was given back is not looked at again",
        PROMISE,
        "        balances = stock.lock(tx, places)\n    channels",
        "        stock.lock(tx, places)\n    channels",
        "steps",
    ),
    Mutant(
        "a cancelled order keeps its units",
        "orders/actions.py",
        "plan.give_back(tx, stopped, actor=actor, now=now, reason=told.kind, to=to, kind=kind)",
        "assert stopped",
        "races:cancel order|sale",
    ),
    Mutant(
        "what lapsed is held again unasked",
        PROMISE,
        "        _, made = _grant(tx, Wish(holds), actor=actor, now=now)\n        store.hold_again",
        "        made: dict[str, int] = {}\n        store.hold_again",
        "steps",
    ),
    Mutant(
        "what was taken may be held again",
        "promise/store.py",
        "drawn = drawn + case when %s then 0 else given.units end",
        "drawn = drawn + case when %s then 0 else 0 end",
        "steps",
    ),
    Mutant(
        "an extension that shortens",
        HOLDS,
        "max(hold.expires_at, now + timedelta(minutes=wish.minutes))",
        "now + timedelta(minutes=wish.minutes)",
        "steps",
    ),
    Mutant(
        "a confirmation that keeps its end",
        "promise/holds_actions.py",
        "_keep(tx, dict.fromkeys(kept), kept, actor=actor, now=now)",
        "_keep(tx, {key: one.expires_at for key, one in kept.items()}, kept, actor=actor, now=now)",
        "steps",
    ),
    Mutant(
        "who takes a part gets all that lapsed",
        HOLDS,
        "hold_again(kept[key], units - kept[key].held, kept[key].expires_at)",
        "hold_again(kept[key], kept[key].lapsed, kept[key].expires_at)",
        "steps",
    ),
    Mutant(
        "what forbids the short way is not asked",
        "promise/wish_store.py",
        "select only_if(not (",
        "select only_if(true or not (",
        "wishes",
    ),
    Mutant(
        "a batch that does not mind the one before it",
        "promise/wish_belt.py",
        "follows=Follows(self._last, name)",
        "follows=Follows()",
        "belt",
    ),
    Mutant(
        "locks of the short way in any order",
        STORE,
        "    places = _sorted(change)\n",
        "    places = list(change)\n",
        "deadlocks",
    ),
)
NAMED = {one.name: one for one in MUTANTS}
FEW = tuple(
    NAMED[name]
    for name in (
        "the lock of balances left out",
        "lines of one SKU not added up",
        "locks in any order",
        "a release that counts twice",
        "a wrong sign",
        "a second balance is shifted too",
        "expiry by the machine's clock",
        "check, then act: returns of an order",
        "an order read without its lock",
        "the same id takes effect twice",
        "another content under the same id",
        "a refusal that leaves something behind",
        "what forbids the short way is not asked",
        "a batch that does not mind the one before it",
        "locks of the short way in any order",
    )
)
"""Those that are planted at each landing, each with a quick check."""


def run(place: Place, first: int, trials: int) -> Tally:
    """So many mutants: in a short run from the few, in a long one from all of them."""
    chosen = MUTANTS if place.is_long else FEW
    found = tally()
    for mutant in chosen[first : first + trials]:
        verdict = planted(place, mutant)
        found.counts.update(planted=1, found=verdict == RED)
        if verdict != RED:
            found.faults.append(f"{mutant.name}: not found by {mutant.check} ({verdict})")
    return found


def planted(place: Place, mutant: Mutant) -> int:
    """How the check ended on a copy of the code with this fault in it."""
    copy = place.home / "mutant"
    shutil.rmtree(copy, ignore_errors=True)
    source = Path(str(resources.files("noria")))
    shutil.copytree(source, copy / "noria", ignore=shutil.ignore_patterns("__pycache__", "data"))
    for data in source.rglob("data"):
        (copy / "noria" / data.relative_to(source)).symlink_to(data)
    file = copy / "noria" / mutant.file
    text = file.read_text()
    if mutant.old not in text:
        return -1
    file.write_text(text.replace(mutant.old, mutant.new))
    with place.database() as url:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", "noria.lab.torture.checks", mutant.check, url],
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=CHECK_S,
            check=False,
        )
    shutil.rmtree(copy, ignore_errors=True)
    return done.returncode
