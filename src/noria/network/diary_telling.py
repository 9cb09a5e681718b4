"""Days of a node in words."""

from datetime import date

from babel.dates import format_date

from noria.kit.errors import Text


def full_until(name: str, day: date) -> Text:
    """Why what is ordered now is begun no sooner than on a day, and on which."""
    english, french = (format_date(day, "EEEE d MMMM", locale=one) for one in ("en", "fr"))
    return Text(
        f"{name} has no room before {english}, and begins it then.",
        f"{name} n'a plus de place avant le {french}\u202f: la préparation commence ce jour-là.",
    )
