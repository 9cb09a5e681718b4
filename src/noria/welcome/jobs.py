"""What the worker does for a first hour: look before anybody asks."""

from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.welcome import look_actions, views


@periodic("welcome.look", "*/30 * * * *")
def look(db: Database) -> None:
    """Look at what was brought, so that who opens the page reads what is not an hour old."""
    look_actions.keep(db, look_actions.CHECKS, wants_no_copy=True)
    if db.run(views.is_large):
        look_actions.keep(db, look_actions.FIGURES, wants_no_copy=True)
