"""Faults of value, planted behind the program's back, with what is found of each."""

FAULTS = [
    (
        "the value of a shelf is off by a cent",
        ["update cost_balance set value_cents = value_cents + 1 where sku = 'cup'"],
        {
            "value.entries": (
                "value:cup:SHOP", "3 units, 1200 cents", "3 units, 1201 cents", "count:open-1",
            ),
            "value.totals": (
                "value-total:SHOP:EUR", "3 units, 1201 cents", "3 units, 1200 cents", None,
            ),
            "value.states": (
                "value-state:SHOP:available:EUR", "3 units, 1201 cents", "3 units, 1200 cents", None,
            ),
        },
    ),
    (
        "units are worth something that are not there",
        ["update cost_balance set units = units + 1 where sku = 'cup'"],
        {
            "value.entries": (
                "value:cup:SHOP", "3 units, 1200 cents", "4 units, 1200 cents", "count:open-1",
            ),
            "value.units": ("worth:cup:SHOP", "3", "4", "count:open-1"),
            "value.totals": (
                "value-total:SHOP:EUR", "4 units, 1200 cents", "3 units, 1200 cents", None,
            ),
        },
    ),
    (
        "a node's total of value is off by one",
        ["update cost_total set value_cents = value_cents + 1 where node = 'SHOP'"],
        {
            "value.totals": (
                "value-total:SHOP:EUR", "3 units, 1200 cents", "3 units, 1201 cents", None,
            ),
        },
    ),
    (
        "a node's total of value in a state is off by one",
        ["update cost_state_total set value_cents = value_cents + 1 where node = 'SHOP'"],
        {
            "value.states": (
                "value-state:SHOP:available:EUR", "3 units, 1200 cents", "3 units, 1201 cents", None,
            ),
        },
    ),
    (
        "what was graded is worth a cent more than its share",
        ["insert into graded_part values ('cup', 'SHOP', 'available', 'A', 1, 401)"],
        {
            "value.grades": (
                "value-grade:cup:SHOP:available:A", "0 units, 0 cents", "1 units, 401 cents", None,
            ),
        },
    ),
    (
        "an entry of value ends where no other begins",
        ["alter table value_entry disable trigger user",
         "update value_entry set value_after_cents = 1201 where sku = 'cup'"],
        {
            "value.after": (
                "value:cup:SHOP:{count:open-1}", "3 units, 1200 cents", "3 units, 1201 cents",
                "count:open-1",
            ),
        },
    ),
    (
        "a landed cost is more than its shares",
        ["update landed_cost set amount_cents = 101 where id = 'freight'"],
        {"landed.shares": ("landed:freight", "101 cents", "100 cents", None)},
    ),
]  # fmt: skip
