"""The work list in a test's own transaction: looked at, then read, as a reader has it done."""

from noria.tower import exception_views, standing_actions


def exceptions(tx, **asked):
    standing_actions.look(tx)
    return exception_views.exceptions(tx, **asked)
