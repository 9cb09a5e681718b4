"""Every check of the auditor. A room that says something twice adds its table here, once."""

from noria.kit import checks as kit
from noria.kit.checks import Check
from noria.orders import checks as orders
from noria.promise import checks as promise
from noria.returns import checks as returns
from noria.stock import checks as stock
from noria.stock.tracked import checks as tracked
from noria.supply import checks as supply
from noria.tower import standing_checks as standing
from noria.value import checks as value

CHECKS: tuple[Check, ...] = (
    *standing.CHECKS,
    *stock.CHECKS,
    *tracked.CHECKS,
    *promise.CHECKS,
    *supply.CHECKS,
    *orders.CHECKS,
    *returns.CHECKS,
    *value.CHECKS,
    *kit.CHECKS,
)
BY_NAME = {check.name: check for check in CHECKS}

assert len(BY_NAME) == len(CHECKS), "two checks share a name"
