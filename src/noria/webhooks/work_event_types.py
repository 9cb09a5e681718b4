"""The events that tell of work in the node: waves, tasks, what was not found, what clashed."""

from noria.kit.errors import Text
from noria.webhooks.event_type import EventType

WORK = (
    EventType(
        "wave.made",
        "wave:W-7.1",
        Text("Tasks were put in a wave.", "Des tâches ont été réunies en une vague."),
    ),
    EventType(
        "wave.taken",
        "wave:W-7.1",
        Text("Somebody has taken a wave.", "Quelqu'un a pris une vague."),
    ),
    EventType(
        "wave.given_back",
        "wave:W-7.1",
        Text("A wave was given back.", "Une vague a été rendue."),
    ),
    EventType(
        "wave.dissolved",
        "wave:W-7.1",
        Text("A wave is no more.", "Une vague a été dissoute."),
    ),
    EventType(
        "wave.done",
        "wave:W-7.1",
        Text("Nothing of a wave is left to do.", "Une vague est terminée."),
    ),
    EventType(
        "task.finished",
        "leg:536365.1",
        Text(
            "All of a task is picked, and perhaps put somewhere.",
            "Une tâche est préparée, et peut-être déposée quelque part.",
        ),
    ),
    EventType(
        "pick.not_found",
        "536365.1",
        Text(
            "Units were not found, and their shelf is to be counted.",
            "Des unités n'ont pas été trouvées, et leur rayon est à compter.",
        ),
    ),
    EventType(
        "work.clashed",
        "F-4711",
        Text(
            "Something that was told in a node clashes with the book.",
            "Un fait signalé sur un site contredit le livre.",
        ),
    ),
)
