"""Candidates for one order laid out one by one: what the columns of `ground` have to say as well."""

from collections import defaultdict
from types import MappingProxyType

from noria.network import reliability_rules, scene_rules
from noria.network import rules as network
from noria.network.model import NO_RESTS, Spot
from noria.partners import rules as partners
from noria.partners.model import OddAmounts
from noria.sourcing.candidates import (
    DECLINED,
    ODD_AMOUNT,
    Around,
    odd_reason,
    options_of,
    traits_of,
)
from noria.sourcing.model import Candidate

NOTHING_MORE = Around()


def candidates(
    scene, wish, stock, free, *, skus, rests=NO_RESTS, around=NOTHING_MORE,
    later=MappingProxyType({}),
):  # fmt: skip
    """Every node that has something of the order.

    `stock` is node to SKU to units, `rests` are days on which nothing comes to where it goes;
    nodes that are `later` begin it on another day than the scene says.
    """
    found = []
    traits = {sku: traits_of(skus[sku], wish) for sku in wish.wanted}
    rules_of = _rules_of(wish, around)
    for code in sorted({*stock, *rules_of}):
        node = scene.nodes.get(code)
        units, odd = _as_sold(code, wish, stock.get(code, {}), around)
        kept = rules_of.get(code, {})
        if node is None or not (any(units.values()) or kept):
            continue
        km = round(network.great_circle_km(Spot(node.latitude, node.longitude), wish.spot))
        barred = {sku: why for sku in wish.wanted if (why := scene_rules.barred(node, traits[sku]))}
        barred = {sku: why for sku, why in barred.items() if units[sku] or sku in kept}
        barred |= {sku: ODD_AMOUNT for sku in odd if sku not in barred}
        barred |= {sku: rule.purpose for sku, rule in kept.items()}
        if code in wish.without:
            barred |= {sku: DECLINED for sku, count in units.items() if count or sku in kept}
        free_here = free.get(code)
        exits, ready = scene.exits[code], scene.ready_at.get(code)
        if code in later:
            exits, ready = later[code].exits, later[code].ready_at
        if code in scene.taken:
            asked = sum(min(count, wish.wanted[sku]) for sku, count in units.items())
            _, exits = scene_rules.made(scene, code, asked)
        found.append(
            Candidate(
                node=code,
                km=km,
                units={sku: 0 if sku in barred else count for sku, count in units.items()},
                handling_cents=node.handling_cents,
                options=options_of(scene, node, exits, wish, km, skus, rests, ready),
                free_units=free_here,
                does_ship=node.does_ship or wish.store is not None,
                is_open=node.is_open,
                barred=barred,
                reasons={rule.purpose: rule.reason for _, rule in sorted(kept.items())}
                | ({ODD_AMOUNT: odd[max(odd)]} if odd else {}),
                found_chance=reliability_rules.found_chance(scene.known, code),
                overtime_units=min(node.overtime_units, free_here or 0),
                overtime_cents=node.overtime_cents,
                **_shelf_facts(code, wish, around),
                **_partner_terms(code, wish, around),
            )
        )
    return found


def _as_sold(code, wish, shelf, around):
    """What a node has of an order, in amounts that it sends; of what it sends none, why."""
    units = {sku: shelf.get(sku, 0) for sku in wish.wanted}
    odd = {}
    for sku, asked in wish.wanted.items():
        term = around.prices.get((sku, code))
        if term is None or units[sku] <= 0:
            continue
        if sent := partners.sent_units(min(units[sku], asked), term):
            units[sku] = units[sku] if term.odd_amounts is not OddAmounts.REFUSED else sent
        else:
            odd[sku] = odd_reason(term)
    return units, odd


def _rules_of(wish, around):
    """The rules that keep a channel off shelves that the order asks for, by node."""
    found = defaultdict(dict)
    for (sku, code), rule in around.barred.items():
        if sku in wish.wanted:
            found[code][sku] = rule
    return found


def _shelf_facts(code, wish, around):
    """What a node's shelves are worth and have sold; who makes to order has no shelf."""
    is_maker = any((sku, code) in around.made for sku in wish.wanted)
    sold = {sku: around.sold_units.get((sku, code), 0) for sku in wish.wanted}
    worth = None if around.worth_cents is None else around.worth_cents.get(code, {})
    return {"worth_cents": worth, "sold_units": None if is_maker else sold}


def _partner_terms(code, wish, around):
    """What a partner asks for its goods and its parcel, where the node is a partner's."""
    terms = {
        sku: term for sku in wish.wanted if (term := around.prices.get((sku, code))) is not None
    }
    if not terms:
        return {}
    first = next(iter(terms.values()))
    return {
        "goods_cents": {sku: term.price_cents for sku, term in terms.items()},
        "odd": {
            sku: term for sku, term in terms.items() if term.odd_amounts is not OddAmounts.SENT
        },
        "shipping_cents": first.shipping_cents,
        "free_from_cents": first.free_from_cents,
    }
