"""Verbs of prices: add a zoning or a tariff. Neither is ever changed."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.errors import UnknownCodes
from noria.kit.events import Event
from noria.network import tariff_rules, tariff_store, tariff_views, views
from noria.network.tariff_model import Tariff, TariffFixed, Zoning


def add_zonings(
    tx: Connection, zonings: Sequence[Zoning], *, actor: str, now: datetime, request_id: str = ""
) -> int:
    """Add zonings; how many are new. The same one again is no harm.

    Raises:
        TwiceGiven: two areas hold the same postcodes. Nothing was added.
        TariffFixed: it is there with other content. Nothing was added.
    """
    new = 0
    for given in sorted(zonings, key=lambda one: one.code):
        zoning = tariff_rules.normal_zoning(given)
        if tariff_store.add_zoning(tx, zoning, now=now):
            new += 1
            _tell(tx, "zoning.added", zoning, actor=actor, request_id=request_id)
        elif tariff_views.zonings(tx, [zoning.code])[zoning.code] != zoning:
            raise TariffFixed(code=zoning.code)
    return new


def add_tariffs(
    tx: Connection, tariffs: Sequence[Tariff], *, actor: str, now: datetime, request_id: str = ""
) -> int:
    """Add tariffs; how many are new. The same one again is no harm.

    Raises:
        UnknownCodes: its service or its zoning does not exist. Nothing was added.
        TariffBackwards, TwiceGiven, ZoneUnknown, ZoneWithoutPrice, SurchargeUnclear: it cannot be.
        TariffFixed: it is there with other content. Nothing was added.
    """
    views.check_services(tx, [one.service for one in tariffs])
    zonings = tariff_views.zonings(tx, [one.zoning for one in tariffs])
    if unknown := sorted({one.zoning for one in tariffs} - zonings.keys()):
        raise UnknownCodes(codes="zoning " + ", ".join(unknown))
    new = 0
    for given in sorted(tariffs, key=lambda one: one.code):
        tariff = tariff_rules.normal_tariff(given, zonings[given.zoning])
        if tariff_store.add_tariff(tx, tariff, now=now):
            new += 1
            _tell(tx, "tariff.added", tariff, actor=actor, request_id=request_id)
        elif tariff_views.tariff(tx, tariff.code) != tariff:
            raise TariffFixed(code=tariff.code)
    return new


def _tell(
    tx: Connection, action: str, added: Zoning | Tariff, *, actor: str, request_id: str
) -> None:
    trail.record(
        tx, actor=actor, action=action, subject=added.code, after=added, request_id=request_id
    )
    events.publish(tx, [Event(type=action, subject=added.code, data={})])
