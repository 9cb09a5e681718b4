"""The page of exceptions, made from their table: `python -m noria.tower.exception_page`."""

import sys

from noria.tower.exception_model import ExceptionKind
from noria.tower.exception_table import EVERY_KIND

HEAD = """# Exceptions

What a person must look at. Nobody opens or closes one: each is there while its cause is, told by a
view of the room in which it came up. This page is made from the table that the API serves
(`GET /v1/exception-kinds`); after a change, run `make docs`.

`GET /v1/exceptions` lists them in the reader's language: the oldest first, or the dearest
(`sort=money`), or the most urgent (`sort=urgent`: what is past its time or due within four hours,
then the rest, each the dearest first). Of the same money, what is due sooner comes first.

What the views say is looked at every ten seconds, and kept as rows: what comes or goes by time, or
by what somebody else did, is seen within 20 seconds, and within as many where no worker runs: then
whoever asks looks. `Noria-As-Of` says when it was. Who has just done something about one sends
`Cache-Control: no-cache` with the next question, and sees what became of it, as the tower does
([why](decisions/0056-exceptions-are-read-as-rows.md)). Each has


- `owner`: the role that it is for; `node`: where, if anywhere
- `money_cents` of `currency`: what is at risk. Sums (`/causes`, `/at-risk`, `/v1/tower/today`) are
  told by currency, and never added up over several; lists by money have one currency after the
  other, the house's own (`NORIA_CURRENCY`) before the others, the dearest of each first
- `due_at`: by when it had or has to be done, where a time is set: the deadline of a step, a task, a
  promise, a collection
- `facts`: what `detail` says in words, for machines. Moments in `detail` are told by the clock of
  the node, which is named where it is another than most nodes keep; of no node, by that most keep
- `proposal`: one call that does something about it, left out for whoever may not make it. `{id}` in
  it stands for an id of your own: sending twice is the same as sending once. `undo`, where the
  world allows it, is the call that takes it back. The buttons of the [tower](tower.md) make these
  very calls; for many that were chosen, one for each, each answered for itself

`PUT /v1/exception-notes/{id}` says who looks after one, until when it may wait, or something about
it. A note is bound to kind and subject, and holds until another one does. An exception can be given
to anybody of `GET /v1/exception-assignees?node=`: active people who look after exceptions there
(`tower.write`); one of no node, to whoever looks after all. Others are refused
(`cannot-look-after`).

With each look, every ten seconds, the worker tells which have come and which are gone, as events
(`exception.opened`, `exception.closed`, with `kind`, `owner`, `since`, `money_cents` and the node):
a webhook for `exception.*` brings them to whoever does not sit before the tower, and a listener of
one store hears of that store alone. What nobody has taken, put off or spoken of within
`NORIA_ESCALATE_MINUTES` goes on to the role above its owner's (`exception.escalated`, shown as
`escalated_to`), and from there again: store associate → store manager, planner, integrator →
operations, auditor → director. Who it was for may still act; what becomes another role's or
another node's is closed there and begins anew. The first look after an upgrade tells of all that
are open.

| kind | means | owner | money at risk | proposed | goes when |
|---|---|---|---|---|---|
"""

TAIL = """
The owner of a partner's breach is whom its [rule](partners.md) names. What the node of a feed that
is silent or held has to sell is added up by the worker each minute: until it was, also right after
an upgrade, the feed is on the list without its money.

## Sent again, or paid back

`PUT /v1/replacements/{id}` takes what left and does not come (`lost`, `damaged`, `returned`,
`refused`), and sends its units again (`send_again`) or makes what was paid for them due back
(`refund`). Of a leg of several parcels, `parcels` (SSCC) names those that do not come; none named
is all of it that has not come. What was in a parcel is known where it was
[packed](work.md#packing), and of the only parcel of a leg; else `units` says it
(`contents-unknown`). The rest of the leg goes on, and is delivered with the last parcel that does
come; the promise is settled with what was sent again. What its carrier says later of a replaced
parcel changes nothing any more.

Other nodes than the one that it left from are asked first, and that one for what nobody else has;
the customer is told a new day where the old one cannot be kept. What was `returned` lies on hold at
its node. What is `refused` comes back as a return that names the replacement
(`PUT /v1/returns/{id}` with `replacement`): it is received and inspected as any other, and nothing
is due for it. What a carrier lost or broke it owes, at the prices of the units in the parcel:
`GET /v1/replacements?claim=due` lists it, `PUT /v1/replacements/{id}/claim` says what it paid.

Carriers are not shunned: the same service may carry it again.
"""


def page() -> str:
    """The page, in Markdown."""
    return HEAD + "".join(_row(one) for one in EVERY_KIND) + TAIL


def _row(one: ExceptionKind) -> str:
    calls = {f"{each.label.en}: `{each.call.method} {each.call.path}`" for each in one.remedies}
    cells = [
        f"`{one.kind}`",
        one.means.en,
        ", ".join(role.value.replace("_", " ") for role in one.owners),
        one.money.en,
        "; ".join(sorted(calls)),
        one.closes.en,
    ]
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
