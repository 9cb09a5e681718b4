"""What is wrong with labels that were bought, until a person has seen to it."""

from enum import Enum

from noria.kit.errors import Kind, Refusal, Text


class TroubleKind(Enum):
    """Kept: its carrier does not take it back. Outdated: it goes where the order went before.

    Unprinted: it could not be fetched. Doubled: its carrier gave a second number. Unlinked: its
    number could not be given to its parcel, which nobody follows.
    """

    KEPT = "kept"
    OUTDATED = "outdated"
    UNPRINTED = "unprinted"
    DOUBLED = "doubled"
    UNLINKED = "unlinked"


class NotOutdated(Refusal):
    code = "label-not-outdated"
    kind = Kind.CONFLICT
    says = Text(
        "The label {label} does not wait for another to take its place.",
        "L'étiquette {label} n'attend pas d'être remplacée.",
    )
    do = Text("Cancel it, and ask for another.", "Annulez-la, puis demandez-en une autre.")
