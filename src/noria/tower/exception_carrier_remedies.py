"""What can be done where a carrier was asked for something, and it went wrong."""

from noria.carriage.trouble_model import TroubleKind
from noria.kit.auth import Permission
from noria.kit.errors import Text
from noria.tower.exception_model import Call, Remedy
from noria.tower.exception_remedies import SETTLED

P = Permission


def _settle(
    kind: TroubleKind, does: Text, label: Text = SETTLED, *, is_kept: bool | None = None
) -> Remedy:
    return Remedy(
        name="settle",
        label=label,
        does=does,
        call=Call("PUT", f"/v1/labels/{{label}}/settlement?kind={kind.value}"),
        needs=P.FULFILMENT_WORK,
        when={} if is_kept is None else {"is_kept": (is_kept,)},
    )


SETTLE_LABEL = _settle(
    TroubleKind.KEPT,
    Text(
        "The carrier took it back in another way, or it was paid for nothing: it is over.",
        "Le transporteur l'a reprise autrement, ou elle est perdue\u202f: elle est close.",
    ),
)
RENEW_LABEL = Remedy(
    name="renew",
    label=Text("Buy another", "En acheter une autre"),
    does=Text(
        "Buys another label with the new address. The carrier keeps the old one, and perhaps what"
        " it cost.",
        "Achète une autre étiquette à la nouvelle adresse. Le transporteur garde l'ancienne, et"
        " peut-être son prix.",
    ),
    call=Call("PUT", "/v1/labels/{label}/renewal"),
    needs=P.FULFILMENT_WORK,
    when={"is_kept": (True,)},
)
RELABELLED = _settle(
    TroubleKind.OUTDATED,
    Text(
        "Says that the box bears the label with the new address, and no other.",
        "Dit que le carton porte l'étiquette à la nouvelle adresse, et elle seule.",
    ),
    Text("The new label is on it", "La nouvelle est collée"),
    is_kept=False,
)
PRINTED = _settle(
    TroubleKind.UNPRINTED,
    Text(
        "Says that the label was printed on the carrier's own pages.",
        "Dit que l'étiquette a été imprimée sur les pages du transporteur.",
    ),
    Text("It is printed", "Elle est imprimée"),
)
DOUBLE_GONE = _settle(
    TroubleKind.DOUBLED,
    Text(
        "Says that the second number was taken back with the carrier.",
        "Dit que le second numéro est annulé chez le transporteur.",
    ),
)
LINKED = _settle(
    TroubleKind.UNLINKED,
    Text(
        "Says that the number was given to its parcel, or that nobody has to follow it.",
        "Dit que le numéro est donné à son colis, ou que personne n'a à le suivre.",
    ),
)
NOT_MADE = Text(
    "Says that the carrier has nothing of it, as its own pages show: it is asked again.",
    "Dit que le transporteur n'en a rien, d'après ses pages\u202f: on le lui redemande.",
)
ASK_AGAIN = Text("Ask again", "Redemander")


def _not_made(path: str, *, is_cancel: bool | None = None) -> Remedy:
    return Remedy(
        name="not_made",
        label=ASK_AGAIN,
        does=NOT_MADE,
        call=Call("PUT", path, {"outcome": "was_not_made"}),
        needs=P.FULFILMENT_WORK,
        when={} if is_cancel is None else {"is_cancel": (is_cancel,)},
    )


FOR_STUCK_LABELS = (
    _not_made("/v1/labels/{label}/resolution", is_cancel=False),
    Remedy(
        name="was_made",
        label=Text("It is taken back", "Elle est annulée"),
        does=Text(
            "Says that the carrier has taken the label back, as its own pages show.",
            "Dit que le transporteur a annulé l'étiquette, d'après ses pages.",
        ),
        call=Call("PUT", "/v1/labels/{label}/resolution", {"outcome": "was_made"}),
        needs=P.FULFILMENT_WORK,
        when={"is_cancel": (True,)},
    ),
)
NO_VAN_BOOKED = _not_made("/v1/pickups/{pickup}/resolution")
NO_LIST_MADE = _not_made("/v1/manifests/{manifest}/resolution")
CHOOSE_CARRIER = Remedy(
    name="choose",
    label=Text("Choose a carrier anew", "Choisir un autre transporteur"),
    does=Text(
        "Asks for a label for this box from whichever carrier is found best now.",
        "Demande une étiquette pour ce carton au transporteur le mieux placé.",
    ),
    call=Call(
        "POST",
        "/v1/labels/batch",
        {"items": [{"id": "{id}", "leg": "{leg}", "box": "{box}", "packed": "{packed}"}]},
    ),
    needs=P.FULFILMENT_WORK,
)
ASK_VAN = Remedy(
    name="ask_again",
    label=ASK_AGAIN,
    does=Text(
        "Asks once more for a van on this day, at the same hours.",
        "Redemande un enlèvement ce jour-là, aux mêmes heures.",
    ),
    call=Call(
        "PUT",
        "/v1/pickups/{id}",
        {
            "id": "{id}",
            "account": "{carrier}",
            "node": "{node}",
            "day": "{day}",
            "ready_from": "{ready_from}",
            "ready_until": "{ready_until}",
            "boxes": "{boxes}",
            "weight_g": "{weight_g}",
        },
    ),
    needs=P.FULFILMENT_WORK,
)
ASK_LIST = Remedy(
    name="ask_again",
    label=ASK_AGAIN,
    does=Text(
        "Asks once more for the list of all that is on none.",
        "Redemande le bordereau de tout ce qui n'est sur aucun.",
    ),
    call=Call(
        "PUT",
        "/v1/manifests/{id}",
        {"id": "{id}", "account": "{carrier}", "node": "{node}"},
    ),
    needs=P.FULFILMENT_WORK,
)
