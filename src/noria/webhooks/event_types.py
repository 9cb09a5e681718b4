"""The events that the world may be told of. A test finds each type that is published here."""

import sys

from noria.kit.errors import Text
from noria.webhooks.carriage_event_types import CARRIAGE
from noria.webhooks.collect_event_types import COLLECTED
from noria.webhooks.event_type import EventType
from noria.webhooks.message_event_types import MESSAGES
from noria.webhooks.order_event_types import ORDERS
from noria.webhooks.partner_event_types import PARTNERS
from noria.webhooks.tower_event_types import TOWER
from noria.webhooks.work_event_types import WORK

_TABLE = (
    *PARTNERS,
    *ORDERS,
    *CARRIAGE,
    *WORK,
    *COLLECTED,
    *TOWER,
    *MESSAGES,
    EventType(
        "sku.changed",
        "85123A",
        Text("A SKU was created or changed.", "Un SKU a été créé ou modifié."),
    ),
    EventType(
        "channel.changed",
        "web-fr",
        Text("A channel was created or changed.", "Un canal a été créé ou modifié."),
    ),
    EventType(
        "exclusion.changed",
        "web-fr:85123A",
        Text(
            "A channel stopped selling a SKU, or sells it again.",
            "Un canal a cessé de vendre un SKU, ou le vend à nouveau.",
        ),
    ),
    EventType(
        "node.changed",
        "PAR",
        Text("A node was created or changed.", "Un site a été créé ou modifié."),
    ),
    EventType(
        "service.changed",
        "home",
        Text(
            "A carrier's service was created or changed.",
            "Un service de transporteur a été créé ou modifié.",
        ),
    ),
    EventType(
        "zoning.added",
        "POST-2026",
        Text("A carrier's map of zones was added.", "Un plan de zones a été ajouté."),
    ),
    EventType(
        "tariff.added",
        "HOME-2026",
        Text("A service has new prices.", "Un service a de nouveaux prix."),
    ),
    EventType(
        "lane.changed",
        "ORL:PAR",
        Text("A lane was created or changed.", "Une liaison a été créée ou modifiée."),
    ),
    EventType(
        "stock.level.changed",
        "85123A",
        Text(
            "Units of a SKU moved; its levels as they are now.",
            "Des unités d'un SKU ont bougé\N{NARROW NO-BREAK SPACE}; ses niveaux actuels.",
        ),
    ),
    EventType(
        "stock.gap.found",
        "85123A",
        Text(
            "A fact took units that the book did not know.",
            "Un fait a pris des unités inconnues du livre.",
        ),
    ),
    EventType(
        "keep_back.changed",
        "hall-theft",
        Text(
            "Units are kept back by a rule, otherwise than before, or no longer.",
            "Une règle met des unités de côté, autrement qu'avant, ou plus du tout.",
        ),
    ),
    EventType(
        "reservation.made",
        "cart-8f2c",
        Text("Units are held for a while.", "Des unités sont réservées pour un temps."),
    ),
    EventType(
        "reservation.extended",
        "cart-8f2c",
        Text("A hold lasts longer than before.", "Une réservation dure plus longtemps."),
    ),
    EventType(
        "reservation.confirmed",
        "cart-8f2c",
        Text("A hold is firm from now on.", "Une réservation est désormais ferme."),
    ),
    EventType(
        "reservation.taken",
        "cart-8f2c",
        Text("Units of a hold went to the customer.", "Le client a reçu des unités réservées."),
    ),
    EventType(
        "reservation.given_back",
        "cart-8f2c",
        Text(
            "Units of a hold went back to the shelf.",
            "Des unités réservées sont revenues en rayon.",
        ),
    ),
    EventType(
        "reservation.unit.lost",
        "cart-8f2c",
        Text(
            "A fact took a unit that a hold names; the hold is for any other one now.",
            "Un fait a pris une unité nommée par une réservation, qui vaut désormais pour toute"
            " autre.",
        ),
    ),
    EventType(
        "pick.out_of_turn",
        "536365.1",
        Text(
            "Units of a lot were picked while others that expire earlier were there.",
            "Un lot a été prélevé alors que d'autres, à péremption plus proche, étaient là.",
        ),
    ),
    EventType(
        "audit.finished",
        "audit:0193a5f2-7c11-7d5e-9b1f-2f6f0c1a9d44",
        Text(
            "An audit has ended; how many differences it found, and by which checks.",
            "Un audit est terminé\N{NARROW NO-BREAK SPACE}; combien d'écarts il a trouvés, et par"
            " quels contrôles.",
        ),
    ),
    EventType(
        "audit.failed",
        "audit:0193a5f2-7c11-7d5e-9b1f-2f6f0c1a9d44",
        Text("An audit did not come to its end.", "Un audit n'est pas allé à son terme."),
    ),
    EventType(
        "count.opened",
        "count:C-7",
        Text("A count was opened.", "Un comptage a été ouvert."),
    ),
    EventType(
        "count.recount.wanted",
        "count:C-7",
        Text("A line has to be counted again.", "Une ligne est à recompter."),
    ),
    EventType(
        "count.line.booked",
        "count:C-7",
        Text(
            "A difference that a count found was booked.", "Un écart de comptage a été enregistré."
        ),
    ),
    EventType(
        "count.gap.unusual",
        "count:C-7",
        Text(
            "A count found a difference that chance hardly explains.",
            "Un comptage a trouvé un écart que le hasard n'explique guère.",
        ),
    ),
    EventType(
        "count.held.short",
        "count:C-7",
        Text(
            "A count misses units that are held for somebody.",
            "Il manque au comptage des unités réservées à quelqu'un.",
        ),
    ),
    EventType(
        "count.closed",
        "count:C-7",
        Text("Every line of a count is over.", "Toutes les lignes d'un comptage sont terminées."),
    ),
    EventType(
        "count.cancelled",
        "count:C-7",
        Text("A count was given up.", "Un comptage a été abandonné."),
    ),
    EventType(
        "accuracy.measured",
        "count:C-7",
        Text(
            "A sample said how accurate a node is.",
            "Un échantillon a mesuré l'exactitude d'un site.",
        ),
    ),
    EventType(
        "asn.announced",
        "asn:ASN-7",
        Text("Goods under way were announced.", "Des marchandises en route ont été annoncées."),
    ),
    EventType(
        "asn.cancelled",
        "asn:ASN-7",
        Text("What was announced will not come.", "Ce qui était annoncé ne viendra pas."),
    ),
    EventType(
        "asn.received",
        "asn:ASN-7",
        Text("Announced goods were received.", "Des marchandises annoncées ont été reçues."),
    ),
    EventType(
        "purchase.ordered",
        "purchase:PO-7",
        Text("A purchase order was placed.", "Une commande fournisseur a été passée."),
    ),
    EventType(
        "purchase.changed",
        "purchase:PO-7",
        Text(
            "A purchase order has another day or other units.",
            "Une commande fournisseur a un autre jour ou d'autres unités.",
        ),
    ),
    EventType(
        "purchase.cancelled",
        "purchase:PO-7",
        Text("A purchase order was called off.", "Une commande fournisseur est annulée."),
    ),
    EventType(
        "purchase.received",
        "purchase:PO-7",
        Text(
            "Goods of a purchase order were received.",
            "Des marchandises d'une commande fournisseur ont été reçues.",
        ),
    ),
    EventType(
        "transfer.planned",
        "transfer:T12",
        Text("A transfer between nodes was planned.", "Un transfert entre sites a été prévu."),
    ),
    EventType(
        "transfer.changed",
        "transfer:T12",
        Text(
            "A transfer has another day or other units.",
            "Un transfert a un autre jour ou d'autres unités.",
        ),
    ),
    EventType(
        "transfer.cancelled",
        "transfer:T12",
        Text("A transfer never leaves.", "Un transfert ne partira pas."),
    ),
    EventType(
        "transfer.dispatched",
        "transfer:T12",
        Text("A transfer left its source.", "Un transfert a quitté son origine."),
    ),
    EventType(
        "transfer.received",
        "transfer:T12",
        Text("A transfer was received.", "Un transfert a été reçu."),
    ),
    EventType(
        "stock.untold",
        "85123A",
        Text(
            "A fact moved units of a tracked SKU without telling which.",
            "Un fait a déplacé des unités d'un SKU suivi sans dire lesquelles.",
        ),
    ),
    EventType(
        "lot.changed",
        "85123A",
        Text(
            "It was said, or corrected, when a lot expires.",
            "L'expiration d'un lot a été indiquée, ou corrigée.",
        ),
    ),
    EventType(
        "lot.expired",
        "85123A",
        Text(
            "Units of a lot have expired, and were put on hold.",
            "Des unités d'un lot ont expiré, et ont été mises en attente.",
        ),
    ),
    EventType(
        "order.accepted",
        "order:536365",
        Text("A customer's order was accepted.", "Une commande client a été acceptée."),
    ),
    EventType(
        "order.sourced",
        "order:536365",
        Text(
            "The nodes that send an order were chosen.",
            "Les sites qui expédient une commande ont été choisis.",
        ),
    ),
    EventType(
        "order.shipped",
        "order:536365",
        Text("A leg of an order was shipped.", "Une partie de commande a été expédiée."),
    ),
    EventType(
        "order.delivered",
        "order:536365",
        Text("A leg of an order was delivered.", "Une partie de commande a été livrée."),
    ),
    EventType(
        "parcel.moved",
        "shipment:536365.1",
        Text(
            "A carrier said where a parcel is, and it is elsewhere than before.",
            "Un transporteur a signalé un colis ailleurs qu'auparavant.",
        ),
    ),
    EventType(
        "parcel.silent",
        "shipment:536365.1",
        Text(
            "Nothing was heard of a parcel for longer than is usual on its way.",
            "Un colis est sans nouvelles depuis plus longtemps que d'habitude.",
        ),
    ),
    EventType(
        "order.cancelled",
        "order:536365",
        Text(
            "An order was cancelled, in part or whole.",
            "Une commande a été annulée, en partie ou en entier.",
        ),
    ),
    EventType(
        "order.reported",
        "order:536365",
        Text(
            "A customer reported a problem with an order.",
            "Un client a signalé un problème avec une commande.",
        ),
    ),
    EventType(
        "return.announced",
        "order:536365",
        Text("A customer may send goods back.", "Un client peut renvoyer des articles."),
    ),
    EventType(
        "return.received",
        "order:536365",
        Text("Returned goods have arrived.", "Des articles retournés sont arrivés."),
    ),
    EventType(
        "return.inspected",
        "order:536365",
        Text("Returned goods were inspected.", "Des articles retournés ont été inspectés."),
    ),
    EventType(
        "order.rerouted",
        "order:536365",
        Text(
            "A leg was taken off its node: its units are sent from elsewhere, or wait.",
            "Un envoi a été retiré à son site\N{NARROW NO-BREAK SPACE}: ses unités partent"
            " d'ailleurs, ou attendent.",
        ),
    ),
    EventType(
        "leg.replaced",
        "leg:536365.1",
        Text(
            "Parcels that left do not come: what was in them is sent again, or to be paid back.",
            "Des colis partis n'arriveront pas\N{NARROW NO-BREAK SPACE}: leur contenu repart, ou"
            " est à rembourser.",
        ),
    ),
    EventType(
        "promise.changed",
        "order:536365",
        Text(
            "What was promised cannot be kept: the customer is told another day.",
            "La promesse ne peut être tenue\N{NARROW NO-BREAK SPACE}: le client apprend une autre"
            " date.",
        ),
    ),
    EventType(
        "policy.draft.changed",
        "winter-sales-2",
        Text(
            "A draft of a policy was made, changed or dropped.",
            "Une ébauche de politique a été créée, modifiée ou abandonnée.",
        ),
    ),
    EventType(
        "policy.published",
        "winter-sales-2",
        Text("A version of a policy was made.", "Une version de politique a été créée."),
    ),
    EventType(
        "policy.activated",
        "winter-sales-2",
        Text(
            "A version of a policy is live, from `starts_at` on.",
            "Une version de politique est active, à partir de `starts_at`.",
        ),
    ),
    EventType(
        "policy.activation.withdrawn",
        "winter-sales-2",
        Text(
            "A version that was to be live will not be.",
            "Une version qui devait être active ne le sera pas.",
        ),
    ),
    EventType("job.progressed", "the job's id", Text("A job went on.", "Une tâche a avancé.")),
    EventType(
        "job.finished",
        "the job's id",
        Text(
            "A job ended: done, failed or cancelled.",
            "Une tâche s'est terminée\N{NARROW NO-BREAK SPACE}: faite, échouée ou annulée.",
        ),
    ),
    EventType(
        "webhook.failing",
        "the webhook's id",
        Text(
            "An endpoint has only failed for an hour.",
            "Un point d'accès n'a fait qu'échouer depuis une heure.",
        ),
    ),
    EventType(
        "webhook.recovered",
        "the webhook's id",
        Text(
            "An endpoint that was reported answers again.",
            "Un point d'accès signalé répond à nouveau.",
        ),
    ),
    EventType(
        "webhook.stopped",
        "the webhook's id",
        Text(
            "An endpoint answered 410, so we stopped.",
            "Un point d'accès a répondu 410\N{NARROW NO-BREAK SPACE}: nous avons cessé.",
        ),
    ),
)

EVENT_TYPES = {each.name: each for each in _TABLE}


def page() -> str:
    """The reference of event types, as Markdown."""
    lines = "\n".join(
        f"| `{each.name}` | `{each.subject}` | {each.says.en} |" for each in EVENT_TYPES.values()
    )
    return PAGE.format(lines=lines)


PAGE = """\
# Events

Everything that changes writes an event in the same transaction, so there is no event without the
change and no change without the event. Three ways lead to them, and all three show the same
events in the same order:

- `GET /v1/events?after=SEQ`: page by page. Keep `next` and send it as `after`.
- `GET /v1/events/stream`: server-sent events. A browser's EventSource comes back by itself with
  `Last-Event-ID`, and misses nothing.
- webhooks: `PUT /v1/webhooks/ID`. Each event arrives at least once, signed as Standard Webhooks 1.0
  say, with a CloudEvents 1.0 body. Tell repetitions by `webhook-id`, which stays the same over all
  attempts.

Events of one subject come in the order in which they were written; a webhook gets the next event
of a subject only when the one before was delivered or given up. An attempt that is not answered
2xx within 15 seconds is repeated nine times over about 75 hours (redirects are not followed), then
the delivery is dead: it is listed, and can be sent again. An endpoint that answers 410 is switched
off; one that has only failed for an hour is reported, and still tried.

Who may see some nodes only gets the events of those nodes, and none without a node. Events are
kept 90 days; a listener that was away longer is told so (`events-forgotten`).

| Type | Subject, for example | What happened |
|---|---|---|
{lines}

This page is made from the table in `src/noria/webhooks/event_types.py`; after a change there, run
`python -m noria.webhooks.event_types > docs/events.md`.
"""

if __name__ == "__main__":
    sys.stdout.write(page())
