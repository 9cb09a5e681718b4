"""The events that tell of carriers: labels, vans, lists, and how carriers do."""

from noria.kit.errors import Text
from noria.webhooks.event_type import EventType

LABEL = "536365.1-box-1"

CARRIAGE = (
    EventType(
        "carrier.changed",
        "colissimo",
        Text("A carrier's account was opened or changed.", "Un compte transporteur a changé."),
    ),
    EventType(
        "carrier.away",
        "colissimo",
        Text(
            "A carrier does not answer, and is left alone for a while.",
            "Un transporteur ne répond pas\u202f: on attend avant de le rappeler.",
        ),
    ),
    EventType(
        "carrier.back",
        "colissimo",
        Text("A carrier answers again.", "Un transporteur répond à nouveau."),
    ),
    EventType("label.bought", LABEL, Text("A label was bought.", "Une étiquette a été achetée.")),
    EventType(
        "label.declined",
        LABEL,
        Text("A carrier will not make a label.", "Un transporteur refuse une étiquette."),
    ),
    EventType(
        "label.stuck",
        LABEL,
        Text(
            "Nobody knows whether a label was made: somebody has to ask the carrier.",
            "Nul ne sait si une étiquette a été faite\u202f: il faut demander au transporteur.",
        ),
    ),
    EventType(
        "label.cancelled",
        LABEL,
        Text("A label was taken back.", "Une étiquette a été annulée."),
    ),
    EventType(
        "label.kept",
        LABEL,
        Text(
            "A carrier did not take a label back.", "Un transporteur n'a pas repris une étiquette."
        ),
    ),
    EventType(
        "label.outdated",
        LABEL,
        Text(
            "An address changed after a label was bought: another takes its place.",
            "Une adresse a changé après l'achat d'une étiquette\u202f: une autre la remplace.",
        ),
    ),
    EventType(
        "label.unprinted",
        LABEL,
        Text(
            "A label was bought, and could not be fetched for printing.",
            "Une étiquette est achetée, mais n'a pas pu être récupérée pour l'imprimer.",
        ),
    ),
    EventType(
        "label.doubled",
        LABEL,
        Text(
            "A carrier gave a second number for one label: one of the two is to be taken back.",
            "Un transporteur a donné deux numéros pour une étiquette\u202f: l'un est à annuler.",
        ),
    ),
    EventType(
        "label.unlinked",
        "536365.1",
        Text(
            "The number of a label could not be given to its parcel.",
            "Le numéro d'une étiquette n'a pas pu être donné à son colis.",
        ),
    ),
    EventType(
        "pickup.booked",
        "van-2026-11-27",
        Text("A carrier's van is booked.", "L'enlèvement d'un transporteur est réservé."),
    ),
    EventType(
        "pickup.declined",
        "van-2026-11-27",
        Text("A carrier sends no van.", "Un transporteur n'envoie personne."),
    ),
    EventType(
        "pickup.stuck",
        "van-2026-11-27",
        Text("Nobody knows whether a van comes.", "Nul ne sait si l'enlèvement est réservé."),
    ),
    EventType(
        "manifest.made",
        "list-2026-11-27",
        Text(
            "The list of what a carrier takes is made.",
            "Le bordereau de remise à un transporteur est fait.",
        ),
    ),
    EventType(
        "manifest.declined",
        "list-2026-11-27",
        Text("A carrier makes no list.", "Un transporteur refuse le bordereau."),
    ),
    EventType(
        "manifest.stuck",
        "list-2026-11-27",
        Text("A list could not be made.", "Un bordereau n'a pas pu être fait."),
    ),
    EventType(
        "document.made",
        "note-536365.1",
        Text("A document can be printed.", "Un document peut être imprimé."),
    ),
    EventType(
        "document.failed",
        "note-536365.1",
        Text("A document could not be made.", "Un document n'a pas pu être fait."),
    ),
    EventType(
        "day.asked",
        "order:536365",
        Text(
            "A customer chose another day: the carriers of what is under way are asked.",
            "Un client a choisi un autre jour\u202f: ses transporteurs sont interrogés.",
        ),
    ),
    EventType(
        "day.agreed",
        "order:536365",
        Text(
            "All carriers of an order agree to the day that its customer chose: it is promised.",
            "Les transporteurs acceptent le jour choisi par le client\u202f: il est promis.",
        ),
    ),
    EventType(
        "day.declined",
        "order:536365",
        Text(
            "A carrier does not bring an order on the day that its customer chose.",
            "Un transporteur ne livrera pas la commande le jour choisi par son client.",
        ),
    ),
)
