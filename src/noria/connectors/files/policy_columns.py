"""The columns of what channels did: a line a channel and day."""

from noria.connectors.files.cells import CODE, DAY, number
from noria.connectors.files.model import Column, FileKind, Spec

MEASURES = Spec(
    kind=FileKind.MEASURES,
    about="One line for each channel and day: what the channel did in the days up to it. Of one "
    "channel and day the last file counts.",
    key=("channel", "day"),
    columns=(
        Column(name="channel", field="channel", shape=CODE, meaning="Which channel.",
               example="web", is_required=True),
        Column(name="day", field="day", shape=DAY, meaning="The last day that was measured.",
               example="2026-11-26", is_required=True),
        Column(name="conversion", field="conversion", shape=number(0, 1),
               meaning="Orders a visit.", example="0.024", is_required=True),
        Column(name="margin", field="margin", shape=number(-10, 1),
               meaning="Of what is sold, after costs.", example="0.41", is_required=True),
        Column(name="rotation", field="rotation", shape=number(0, 1000),
               meaning="How often a year its stock is sold.", example="5.2", is_required=True),
    ),
)  # fmt: skip
