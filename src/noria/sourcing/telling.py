"""A decision in words: one sentence, and the reasons of fences, terms and notes."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from noria.kit import moments, money
from noria.kit.errors import Text
from noria.network.diary_telling import full_until
from noria.promise import fence_telling
from noria.sourcing.model import Compared, Explanation, Fence

TIMED_OUT = "optimiser-timed-out"
FAILED = "optimiser-failed"
STALE_PRICES, NO_PRICES = "prices-stale", "prices-missing"
NEVER_SPLIT = "never-split"
WINDOW = "window"
NOT_ASKED = "not-asked"
PREFERRED = "preferred"

WORDS: Mapping[str, Text] = {
    **fence_telling.WORDS,
    "freight": Text("freight", "transport"),
    "shipping": Text("partner's parcel", "port du partenaire"),
    "handling": Text("handling", "préparation"),
    "goods": Text("dearer purchase", "achat plus cher"),
    "surplus": Text(
        "units beyond the line, to make up a pack", "unités en plus, pour faire un lot"
    ),
    "overtime": Text("overtime", "heures supplémentaires"),
    "split": Text("more parcels", "colis en plus"),
    "waiting": Text("waiting", "attente"),
    "lateness": Text("risk of being late", "risque de retard"),
    "not_found": Text("risk that it is not there", "risque d'introuvable"),
    "markdown": Text("markdown avoided", "démarque évitée"),
    "opportunity": Text("worth of the units left there", "valeur des unités laissées sur place"),
    "short": Text("units not sent", "unités non expédiées"),
    TIMED_OUT: Text(
        "The exact search was not done in time: this is the best plan that was found.",
        "La recherche exacte n'a pas abouti à temps\u202f: c'est le meilleur plan trouvé.",
    ),
    FAILED: Text(
        "The exact search failed: this is the best plan that was found without it.",
        "La recherche exacte a échoué\u202f: c'est le meilleur plan trouvé sans elle.",
    ),
    STALE_PRICES: Text(
        "Opportunity prices are too old: the policy's own worths were used.",
        "Les prix d'opportunité sont trop vieux\u202f: ceux de la politique ont servi.",
    ),
    NO_PRICES: Text(
        "There are no opportunity prices yet: the policy's own worths were used.",
        "Il n'y a pas encore de prix d'opportunité\u202f: ceux de la politique ont servi.",
    ),
    PREFERRED: Text(
        "Plans cost about the same: a preference of the policy chose between them.",
        "Les plans coûtent à peu près autant\u202f: une préférence de la politique a tranché.",
    ),
    WINDOW: Text(
        "The order waits to be decided together with others: this is what it would get now.",
        "La commande attend d'être décidée avec d'autres\u202f: voici ce qu'elle aurait.",
    ),
    NOT_ASKED: Text(
        "Some nodes were left out: they refused the order today, it was taken from them,"
        " or they were not asked.",
        "Certains sites ont été écartés\u202f: ils l'ont refusée aujourd'hui, elle leur a été"
        " retirée, ou ils n'ont pas été sollicités.",
    ),
    NEVER_SPLIT: Text(
        "The policy does not let it be split.", "La politique ne permet pas de la scinder."
    ),
}
"""Each code of a fence, a term or a note, in words."""

MORE: Mapping[str, Text] = {
    "no-service": Text("{km} km away", "à {km} km"),
    "too-heavy": Text("{weight_g}, at most {most_weight_g}", "{weight_g}, au plus {most_weight_g}"),
    "too-large": Text(
        "{volume_cm3}, at most {most_volume_cm3}", "{volume_cm3}, au plus {most_volume_cm3}"
    ),
    "too-late": Text("on {comes}, due {due}", "le {comes}, attendu le {due}"),
    "not-all": Text("{units} of {of_units}", "{units} sur {of_units}"),
}
"""What is said behind the words of a fence, where its figures are known."""

WAYS: Mapping[str, Text] = {
    "none": Text("nobody could send any of it", "personne ne pouvait en expédier"),
    "alone": Text("one node is the cheapest", "un seul site est le moins cher"),
    "whole": Text("each line from one node", "chaque ligne d'un seul site"),
    "units": Text("lines split into units", "lignes partagées entre sites"),
    "sets": Text("every set of nodes", "toutes les combinaisons de sites"),
    "search": Text("exact search", "recherche exacte"),
    "greedy": Text("one choice after the other", "un choix après l'autre"),
}
"""How a plan was found."""

REMARKS: Mapping[str, Text] = {
    "by": Text("Found by: {way}", "Trouvé par\u202f: {way}"),
    "overrides": Text("Local rules: {overrides}", "Règles locales\u202f: {overrides}"),
    "prices": Text(
        "Opportunity prices: run {run} of {at}", "Prix d'opportunité\u202f: calcul {run} du {at}"
    ),
}
"""What a decision is told with, beside its sentence."""

BUT: Mapping[str, Text] = {
    "split": Text("would be more parcels", "{had} fait plus de colis"),
    "lateness": Text("would be late more often", "{had} été plus souvent en retard"),
    "not_found": Text("may not be there", "{risked} d'être {unfound}"),
    "opportunity": Text(
        "its units are worth more where they are", "{their} unités valent plus sur place"
    ),
    "markdown": Text(
        "would leave units to be marked down here", "{had} laissé ici des unités à démarquer"
    ),
}
"""Why a plan that costs less is not the one: by the term that weighs most against it.

French verbs agree with one parcel or with several (`AGREES`).
"""

AGREES: Mapping[bool, Mapping[str, str]] = {
    True: {
        "had": "aurait",
        "was": "serait arrivé",
        "risked": "risquait",
        "unfound": "introuvable",
        "their": "ses",
    },
    False: {
        "had": "auraient",
        "was": "seraient arrivés",
        "risked": "risquaient",
        "unfound": "introuvables",
        "their": "leurs",
    },
}
"""How what is said in French of one parcel is said of several."""


class Reader(Struct, frozen=True):
    """Who reads a table: in which language, and in which currency the house reckons."""

    language: str
    currency: str

    def words(self, text: Text, **values: str) -> str:
        return text.filled(self.language, values)

    def number(self, value: int) -> str:
        return count(value, self.language)

    def amount(self, cents: int) -> str:
        return money.told(cents, self.currency, self.language)

    def share(self, value: float, digits: int = 0) -> str:
        """A share of one, in percent."""
        text = _number(f"{value * 100:.{digits}f}", self.language)
        return f"{text}\u202f%" if self.language == "fr" else f"{text}%"

    def day(self, on: date) -> str:
        """As a column has room for it."""
        return f"{on:%d/%m/%Y}" if self.language == "fr" else f"{on}"


class _Rival(Struct, frozen=True, kw_only=True):
    """The plan that a reader would ask about, and why it is not the one (None: it is dearer)."""

    nodes: Sequence[str]
    cents: int
    but: Text | None


def sentence(told: Explanation, currency: str, names: Mapping[str, str] | None = None) -> Text:
    """Who sends it, for how much, and what else there was.

    "Lille and Lyon send it for €9.40: one parcel from Paris would have cost €7.10, but would come
    a day late." `names` are those of nodes; without one, its code stands there.
    """
    chosen = told.chosen
    if not chosen.nodes:
        return _nobody(told)
    named = names or {}
    rival = _rival(told)
    later = _begun_later({node: told.begins.get(node) for node in chosen.nodes}, named)
    who = [named.get(node, node) for node in chosen.nodes]
    return Text(
        _en(chosen, rival, who, named, currency) + later.en,
        _fr(chosen, rival, who, named, currency) + later.fr,
    )


def remarks(told: Explanation) -> list[Text]:
    """What is to be known beside the sentence.

    What was not as usual, how the plan was found, and by which local rules and opportunity prices.
    """
    said = [WORDS.get(note, Text(note, note)) for note in told.notes]
    said.append(_filled("by", way=WAYS.get(told.way, Text(told.way, told.way))))
    if told.overrides:
        named = ", ".join(told.overrides)
        said.append(_filled("overrides", overrides=Text(named, named)))
    if told.prices:
        run, at = told.prices.run, told.prices.as_of
        as_of = Text(moments.moment(at, "en"), moments.moment(at, "fr"))
        said.append(_filled("prices", run=Text(run, run), at=as_of))
    return said


def _filled(name: str, **values: Text) -> Text:
    """A remark in both languages, with values that are."""
    return Text(
        REMARKS[name].filled("en", {key: one.en for key, one in values.items()}),
        REMARKS[name].filled("fr", {key: one.fr for key, one in values.items()}),
    )


def _begun_later(begins: Mapping[str, date | None], names: Mapping[str, str]) -> Text:
    """A sentence for each node that begins on a later day, for its days before are full."""
    said = [
        full_until(names.get(node, node), day) for node, day in begins.items() if day is not None
    ]
    return Text("".join(f" {one.en}" for one in said), "".join(f" {one.fr}" for one in said))


def why(fence: Fence, due: date | None) -> Text:
    """Why a node fell out: what it fails, by which figures, of which SKUs, by whose reason."""
    return Text(_why(fence, due, "en"), _why(fence, due, "fr"))


def _why(fence: Fence, due: date | None, language: str) -> str:
    said = WORDS[fence.code].filled(language, {}) if fence.code in WORDS else fence.code
    behind = [*_figures(fence, due, language), *fence_telling.about(fence.detail, language)]
    return f"{said} ({', '.join(behind)})" if behind else said


def _figures(fence: Fence, due: date | None, language: str) -> list[str]:
    """The figures of a fence; older records do not have them all."""
    known = {"units": str(fence.units)}
    known |= {name: _figure(name, one, language) for name, one in fence.facts.items()}
    if due is not None and fence.arrives_on is not None:
        comes, expected = (moments.day(one, language) for one in (fence.arrives_on, due))
        known |= {"comes": comes, "due": expected}
    try:
        return [MORE[fence.code].filled(language, known)]
    except KeyError:
        return []


def _figure(name: str, value: int, language: str) -> str:
    """A number as it is written in a language, by the unit that its name ends in."""
    for end, unit in (("_g", "kg"), ("_cm3", "l")):
        if name.endswith(end):
            text = f"{value / 1000:,.3f}".rstrip("0").rstrip(".")
            return f"{_number(text, language)}\u00a0{unit}"
    return count(value, language)


def count(value: int, language: str) -> str:
    """A whole number as it is written in a language."""
    return _number(f"{value:,}", language)


def _number(text: str, language: str) -> str:
    """A number with its commas and point, as they are written in a language."""
    return text.replace(",", "\u202f").replace(".", ",") if language == "fr" else text


def _nobody(told: Explanation) -> Text:
    units = told.chosen.short_units
    if NEVER_SPLIT in told.notes:
        return Text(
            f"No node has all of it, and it may not be split: {_waits_en(units)}.",
            "Aucun site n'a tout, et la commande ne peut pas être scindée\u202f:"
            f" {_waits_fr(units)}.",
        )
    return Text(
        f"No node can send anything now: {_waits_en(units)} for stock.",
        f"Aucun site ne peut expédier\u202f: {_waits_fr(units)} du stock.",
    )


def _en(
    chosen: Compared,
    rival: _Rival | None,
    who: Sequence[str],
    names: Mapping[str, str],
    currency: str,
) -> str:
    verb = "sends" if len(who) == 1 else "send"
    said = f"{_list(who, 'and')} {verb} it for {money.told(chosen.paid_cents, currency, 'en')}"
    if chosen.short_units:
        said += f", {_waits_en(chosen.short_units)} for stock"
    if rival is not None:
        others = [names.get(node, node) for node in rival.nodes]
        parcels = "one parcel" if len(others) == 1 else f"{len(others)} parcels"
        cost = money.told(rival.cents, currency, "en")
        said += f": {parcels} from {_list(others, 'and')} would have cost {cost}"
        if rival.but is not None:
            said += f", but {rival.but.en}"
    return said + "."


def _fr(
    chosen: Compared,
    rival: _Rival | None,
    who: Sequence[str],
    names: Mapping[str, str],
    currency: str,
) -> str:
    verb = "l'expédie" if len(who) == 1 else "l'expédient"
    said = f"{_list(who, 'et')} {verb} pour {money.told(chosen.paid_cents, currency, 'fr')}"
    if chosen.short_units:
        said += f", {_waits_fr(chosen.short_units)} du stock"
    if rival is not None:
        others = [names.get(node, node) for node in rival.nodes]
        one = len(others) == 1
        parcels = "un seul colis" if one else f"{len(others)} colis"
        agrees = AGREES[one]
        said += (
            f"\u202f: {parcels} depuis {_list(others, 'et')} {agrees['had']} coûté"
            f" {money.told(rival.cents, currency, 'fr')}"
        )
        if rival.but is not None:
            said += f", mais {rival.but.filled('fr', dict(agrees))}"
    return said + "."


def _rival(told: Explanation) -> _Rival | None:
    """First a cheaper parcel that would be late, then a cheaper plan with drawbacks, then the next.

    Only what sends as much as the plan chosen is compared with it.
    """
    chosen = told.chosen
    sent = [one for one in told.compared[1:] if one.short_units == chosen.short_units]
    late = [fence for fence in told.fences if _is_cheaper_but_late(fence, told)]
    if late and told.due is not None:
        best = min(late, key=lambda fence: (fence.paid_cents or 0, fence.node))
        assert best.arrives_on is not None
        return _Rival(
            nodes=[best.node],
            cents=best.paid_cents or 0,
            but=_days_late(best.arrives_on, told.due),
        )
    cheaper = [one for one in sent if one.paid_cents < chosen.paid_cents]
    if cheaper:
        other = min(cheaper, key=lambda one: (one.paid_cents, list(one.nodes)))
        return _Rival(nodes=other.nodes, cents=other.paid_cents, but=_drawback(other, chosen))
    if sent:
        return _Rival(nodes=sent[0].nodes, cents=sent[0].paid_cents, but=None)
    return None


def _is_cheaper_but_late(fence: Fence, told: Explanation) -> bool:
    return (
        fence.code == "too-late"
        and fence.paid_cents is not None
        and fence.arrives_on is not None
        and fence.paid_cents < told.chosen.paid_cents
        and all(fence.units >= one.units for one in told.candidates)
    )


def _days_late(arrives_on: date, due: date) -> Text:
    days = (arrives_on - due).days
    if days == 1:
        return Text("would come a day late", "{was} un jour trop tard")
    return Text(f"would come {days} days late", f"{{was}} {days} jours trop tard")


def _drawback(other: Compared, chosen: Compared) -> Text | None:
    """What weighs most against a plan that costs less."""
    worse = {
        name: cents - chosen.terms.get(name, 0)
        for name, cents in other.terms.items()
        if cents > chosen.terms.get(name, 0) and (name in BUT or name == "waiting")
    }
    if not worse:
        return None
    term = min(worse, key=lambda name: (-worse[name], name))
    if term != "waiting" or other.arrives_on is None or chosen.arrives_on is None:
        return BUT.get(term)
    days = (other.arrives_on - chosen.arrives_on).days
    if days == 1:
        return Text("would come a day later", "{was} un jour plus tard")
    return Text(f"would come {days} days later", f"{{was}} {days} jours plus tard")


def _waits_en(units: int) -> str:
    return "1 unit waits" if units == 1 else f"{units} units wait"


def _waits_fr(units: int) -> str:
    return "1 unité attend" if units == 1 else f"{units} unités attendent"


def _list(names: Sequence[str], word: str) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
