"""Which connector speaks with which carrier; karrio is loaded by the first call that needs it."""

import os
from collections.abc import Callable, Mapping

from noria.carriage.model import Account, Connector
from noria.carriage.port import Carrier, NotSent
from noria.connectors.carriers import karrio_port
from noria.connectors.carriers.relay_labels import MondialRelay
from noria.connectors.carriers.webhook import WebhookCarrier
from noria.connectors.carriers.wire import Wire
from noria.kit.config import SecretMissing, load, secret
from noria.kit.egress import Rules

Environ = Mapping[str, str]


def connect(account: Account, environ: Environ | None = None) -> Carrier:
    """The connector of an account, with its secrets read from the environment.

    Raises:
        NotSent: a secret or a setting is missing, or the connector is not installed.
    """
    known = os.environ if environ is None else environ
    rules = Rules(is_open=load(known).webhook_allow_private, timeout_s=account.timeout_s)
    return connected(account, rules, known)


def connected(account: Account, rules: Rules, environ: Environ) -> Carrier:
    """The connector of an account, reaching what `rules` allow."""
    made = MADE.get(account.connector)
    wire = Wire(rules=rules, base=account.url)
    try:
        fields = {**account.settings, **_secrets(account, environ)}
        if made is None:
            return karrio_port.connected(account, wire, fields)
        return made(wire, fields)
    except SecretMissing as refusal:
        raise NotSent(str(refusal)) from None
    except KeyError as missing:
        raise NotSent(f"the account has no {missing}") from None


def _secrets(account: Account, environ: Environ) -> dict[str, str]:
    return {field: secret(environ, name) or "" for field, name in account.secrets.items()}


def _webhook(wire: Wire, fields: Mapping[str, str]) -> Carrier:
    return WebhookCarrier(wire, fields["secret"])


def _mondial_relay(wire: Wire, fields: Mapping[str, str]) -> Carrier:
    return MondialRelay(wire, fields["brand"], fields["key"], fields.get("mode", "CCC"))


MADE: Mapping[Connector, Callable[[Wire, Mapping[str, str]], Carrier]] = {
    Connector.WEBHOOK: _webhook,
    Connector.MONDIAL_RELAY: _mondial_relay,
}
