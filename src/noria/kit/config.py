"""Settings: every one of them comes from the environment, and stands once, in the table below."""

import difflib
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from noria.kit.batch import GIVEN_UP_AT_ONCE
from noria.kit.config_values import (
    ADDRESS,
    COMPANY_PREFIX,
    CURRENCY,
    DATABASE,
    FLAG,
    FOLDER,
    HOST,
    MAILBOX,
    SMTP,
    Allowed,
    choice,
    whole,
)
from noria.kit.errors import Fault, Kind, Refusal, Text
from noria.kit.postgres_files import others_may_pass

SHARED_HOME = Path("/var/lib/noria")
FOR_TESTS_ONLY = "NORIA_TEST_"
SECRETS = "NORIA_SECRET_"
"""Variables that hold other people's secrets; what needs one names it by the rest of its name."""
GS1_COMPANY_PREFIX, NOBODYS_PREFIX = "NORIA_GS1_COMPANY_PREFIX", "3760000"
HELD_BACK_CONNECTIONS = 10
"""Connections beside the pools: the listener of live events, a doctor, a person with psql."""
FEED_CONNECTIONS = 1
"""A server process hears on one of its own what it keeps in memory."""
WISH_CONNECTIONS = 2 * (1 + GIVEN_UP_AT_ONCE)
"""And reserves on others: one, one for each thread beside it, and those that were given up."""


class Settings(Struct, frozen=True, kw_only=True):
    """What this installation was told; `settings_page` says what each field means."""

    database_url: str
    home: Path
    host: str
    port: int
    workers: int
    pool_size: int
    log_level: str
    log_format: str
    body_limit_bytes: int
    secure_cookies: bool
    session_hours: int
    rate_per_minute: int
    webhook_allow_private: bool
    public_url: str
    currency: str
    gs1_company_prefix: str
    audit_minutes: int
    escalate_minutes: int
    matrix_megabytes: int
    smtp_url: str
    mail_from: str
    sms_url: str
    message_url: str

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the server that ships with Noria."""
        return not self.database_url

    @property
    def connections(self) -> int:
        """How many connections this installation may open at once: one pool a process."""
        job_worker = 1
        pools = (self.workers + job_worker) * self.pool_size
        own = self.workers * (FEED_CONNECTIONS + WISH_CONNECTIONS)
        return pools + own + HELD_BACK_CONNECTIONS


class SettingsWrong(Refusal):
    code = "settings-wrong"
    kind = Kind.INVALID
    says = Text("These settings cannot be used. {en}", "Ces réglages sont inutilisables. {fr}")
    do = Text(
        "Correct or remove the variables named; docs/settings.md lists them all.",
        "Corrigez ou retirez les variables citées ; docs/settings.md les liste toutes.",
    )


class SecretMissing(Refusal):
    code = "secret-missing"
    kind = Kind.UNPROCESSABLE
    says = Text("The worker was not told {variable}.", "Le worker ne connaît pas {variable}.")
    do = Text(
        "Set the variable where the worker starts, then start it again.",
        "Définissez la variable là où le worker démarre, puis redémarrez-le.",
    )


class Setting(Struct, frozen=True, kw_only=True):
    """One row of the table. `default` reads like a value; an empty one is explained in words."""

    name: str
    field: str
    allowed: Allowed
    default: str
    default_words: str = ""
    meaning: str
    example: str


TABLE = (
    Setting(
        name="DATABASE_URL",
        field="database_url",
        allowed=DATABASE,
        default="",
        default_words="the embedded PostgreSQL",
        meaning="The PostgreSQL (15 or later) that holds everything.",
        example="postgresql://noria:secret@db.example.org:5432/noria",
    ),
    Setting(
        name="NORIA_HOME",
        field="home",
        allowed=FOLDER,
        default="",
        default_words="`$XDG_DATA_HOME/noria`, else `~/.local/share/noria`, else `/var/lib/noria`",
        meaning="Where the embedded PostgreSQL keeps its data. Root's own home is closed to the "
        "ordinary account that the server runs under, so root gets `/var/lib/noria`.",
        example="/srv/noria",
    ),
    Setting(
        name="NORIA_HOST",
        field="host",
        allowed=HOST,
        default="127.0.0.1",
        meaning="The address that the server listens on.",
        example="0.0.0.0",  # noqa: S104
    ),
    Setting(
        name="NORIA_PORT",
        field="port",
        allowed=whole(1, 65535),
        default="8300",
        meaning="The port that the server listens on.",
        example="8080",
    ),
    Setting(
        name="NORIA_WORKERS",
        field="workers",
        allowed=whole(1, 64),
        default="1",
        meaning="Server processes; about one for each core that PostgreSQL leaves free.",
        example="4",
    ),
    Setting(
        name="NORIA_POOL_SIZE",
        field="pool_size",
        allowed=whole(2, 500),
        default="16",
        meaning="The most connections in the pool of one process; a server holds nine more.",
        example="32",
    ),
    Setting(
        name="NORIA_LOG_LEVEL",
        field="log_level",
        allowed=choice("debug", "info", "warning", "error"),
        default="info",
        meaning="The least important line that is still logged.",
        example="warning",
    ),
    Setting(
        name="NORIA_LOG_FORMAT",
        field="log_format",
        allowed=choice("json", "text"),
        default="json",
        meaning="One JSON object a line, or text for people.",
        example="text",
    ),
    Setting(
        name="NORIA_BODY_LIMIT_BYTES",
        field="body_limit_bytes",
        allowed=whole(1024, 2**30),
        default=str(10 * 2**20),
        meaning="The largest request body that is read, in bytes.",
        example="52428800",
    ),
    Setting(
        name="NORIA_SECURE_COOKIES",
        field="secure_cookies",
        allowed=FLAG,
        default="true",
        meaning="Whether browsers may send the session only over HTTPS. Turn it off to try Noria "
        "over plain HTTP, never where customers' data lives.",
        example="false",
    ),
    Setting(
        name="NORIA_SESSION_HOURS",
        field="session_hours",
        allowed=whole(1, 720),
        default="12",
        meaning="How long a log-in lasts, in hours.",
        example="8",
    ),
    Setting(
        name="NORIA_RATE_PER_MINUTE",
        field="rate_per_minute",
        allowed=whole(0, 10**6),
        default="6000",
        meaning="Requests a minute that one API key may send; 0 is no limit.",
        example="1200",
    ),
    Setting(
        name="NORIA_WEBHOOK_ALLOW_PRIVATE",
        field="webhook_allow_private",
        allowed=FLAG,
        default="false",
        meaning="Whether webhooks may be sent to private and loopback addresses. It lets whoever "
        "may add a webhook reach the machines behind the firewall.",
        example="true",
    ),
    Setting(
        name="NORIA_PUBLIC_URL",
        field="public_url",
        allowed=ADDRESS,
        default="",
        default_words="`http://`, `NORIA_HOST`, `:`, `NORIA_PORT`",
        meaning="The address that people and partners reach this installation under.",
        example="https://noria.example.org",
    ),
    Setting(
        name="NORIA_CURRENCY",
        field="currency",
        allowed=CURRENCY,
        default="EUR",
        meaning="The currency of what the house pays and reckons with: tariffs, costs of nodes, "
        "policies, partners' terms. Orders and SKUs have a currency of their own.",
        example="CHF",
    ),
    Setting(
        name=GS1_COMPANY_PREFIX,
        field="gs1_company_prefix",
        allowed=COMPANY_PREFIX,
        default=NOBODYS_PREFIX,
        meaning="The company prefix that GS1 gave you: SSCCs of parcels begin with it. The default "
        "is nobody's; with it, other installations number their parcels as you do.",
        example="3012345678",
    ),
    Setting(
        name="NORIA_AUDIT_MINUTES",
        field="audit_minutes",
        allowed=whole(0, 10_080),
        default="60",
        meaning="How often the worker audits what was touched since the audit before, in minutes; "
        "once a night it audits everything. 0 leaves both to you and `noria audit`.",
        example="15",
    ),
    Setting(
        name="NORIA_ESCALATE_MINUTES",
        field="escalate_minutes",
        allowed=whole(0, 10_080),
        default="120",
        meaning="How long a role has an exception to itself, in minutes: one that nobody took, put "
        "off or spoke of by then goes on to the next role. 0: none goes on.",
        example="60",
    ),
    Setting(
        name="NORIA_MATRIX_MEGABYTES",
        field="matrix_megabytes",
        allowed=whole(0, 65_536),
        default="256",
        meaning="The most memory in which each server process keeps what can be promised, to answer"
        " without the database (docs/atp.md): about 30 MB for a million balances. 0 keeps none.",
        example="0",
    ),
    Setting(
        name="NORIA_SMTP_URL",
        field="smtp_url",
        allowed=SMTP,
        default="",
        default_words="no e-mails are sent",
        meaning="The mail server that takes messages to customers (docs/customers.md).",
        example="smtps://noria:secret@mail.example.org",
    ),
    Setting(
        name="NORIA_MAIL_FROM",
        field="mail_from",
        allowed=MAILBOX,
        default="Noria <noria@localhost>",
        meaning="Whom customers see as the sender of e-mails.",
        example="Maison Noria <orders@example.org>",
    ),
    Setting(
        name="NORIA_SMS_URL",
        field="sms_url",
        allowed=ADDRESS,
        default="",
        default_words="no texts are sent",
        meaning="Where texts to customers are posted, signed with `NORIA_SECRET_SMS`.",
        example="https://sms.example.org/noria",
    ),
    Setting(
        name="NORIA_MESSAGE_URL",
        field="message_url",
        allowed=ADDRESS,
        default="",
        default_words="nothing is sent by chat or push",
        meaning="Where messages by chat and push are posted, signed with `NORIA_SECRET_MESSAGES`.",
        example="https://messages.example.org/noria",
    ),
)


def load(environ: Mapping[str, str]) -> Settings:
    """The settings that `environ` asks for; an empty variable counts as absent.

    Raises:
        SettingsWrong: naming every unknown variable and malformed value, and what is allowed.
    """
    wrong = [_unknown(name) for name in sorted(environ) if _is_unknown(name)]
    found: dict[str, object] = {}
    for setting in TABLE:
        value = environ.get(setting.name, "") or setting.default
        try:
            found[setting.field] = setting.allowed.read(value) if value else ""
        except (ValueError, KeyError, RuntimeError):
            wrong.append(_malformed(setting, value))
    if wrong:
        raise SettingsWrong(
            faults=[Fault(pointer, words.en) for pointer, words in wrong],
            en=" ".join(words.en for _, words in wrong),
            fr=" ".join(words.fr for _, words in wrong),
        )
    found["home"] = found["home"] or _default_home(environ)
    host = f"[{found['host']}]" if ":" in str(found["host"]) else found["host"]
    found["public_url"] = found["public_url"] or f"http://{host}:{found['port']}"
    return Settings(**found)  # type: ignore[arg-type]  # the table's readers give these types


def secret(environ: Mapping[str, str], name: str | None) -> str | None:
    """The secret of that name; None: none was named.

    Raises:
        SecretMissing: it is named, and this process was not told it.
    """
    if name is None:
        return None
    found = environ.get(f"{SECRETS}{name}", "")
    if not found:
        raise SecretMissing(variable=f"{SECRETS}{name}")
    return found


def company_prefix(environ: Mapping[str, str]) -> str:
    """The GS1 company prefix; what it may be was seen to when all settings were loaded."""
    return environ.get(GS1_COMPANY_PREFIX, "") or NOBODYS_PREFIX


def settings_page() -> str:
    """The reference of all settings, as Markdown."""
    rows = "\n".join(
        f"| `{setting.name}` | {setting.allowed.words.en} | "
        f"{f'`{setting.default}`' if setting.default else setting.default_words} | "
        f"{setting.meaning} | `{setting.example}` |"
        for setting in TABLE
    )
    return PAGE.format(rows=rows, for_tests=FOR_TESTS_ONLY)


PAGE = """\
# Settings

Noria reads its settings from the environment, once, when it starts. An empty variable counts as
absent. A variable that begins with `NORIA_` and is not listed here, or a value that is not
allowed, stops the command with a sentence that names it; only `{for_tests}…` is left alone, for
the test-suite. `NORIA_SECRET_…` hold the secrets of partners: a plan names one by the rest of its
name, the worker reads it when it needs it, and it is kept, shown and logged nowhere. `noria doctor`
looks at what follows from the settings.

| Variable | Allowed | Default | Meaning | Example |
|---|---|---|---|---|
{rows}

This page is made from the table in `src/noria/kit/config.py`; after a change there, run
`python -m noria.kit.config > docs/settings.md`.
"""


def _is_unknown(name: str) -> bool:
    if not name.startswith("NORIA_") or name.startswith((FOR_TESTS_ONLY, SECRETS)):
        return False
    return all(name != setting.name for setting in TABLE)


def _unknown(name: str) -> tuple[str, Text]:
    near = difflib.get_close_matches(name, [setting.name for setting in TABLE], n=1)
    hint = Text(f"; did you mean {near[0]}?", f" ; vouliez-vous dire {near[0]} ?") if near else None
    return name, Text(
        f"{name} is not a setting{hint.en if hint else '.'}",
        f"{name} n'est pas un réglage{hint.fr if hint else '.'}",
    )


def _malformed(setting: Setting, value: str) -> tuple[str, Text]:
    shown = without_password(value)
    allowed = setting.allowed.words
    return setting.name, Text(
        f"{setting.name} is “{shown}”; allowed: {allowed.en}.",
        f"{setting.name} vaut « {shown} » ; permis : {allowed.fr}.",
    )


def without_password(value: str) -> str:
    """`value` as it may be shown or logged: passwords of database URLs are blotted out."""
    value = re.sub(r"(?<=://)([^/@\s]*?):[^/\s]*@", r"\1:***@", value)
    return re.sub(r"(?i)\b(password\s*=\s*)('[^']*'|[^\s&]+)", r"\1***", value)


def _default_home(environ: Mapping[str, str]) -> Path:
    """The user's data folder, if the server's account can get there; else a shared place."""
    data = environ.get("XDG_DATA_HOME", "")
    if not Path(data).is_absolute():
        data = str(Path(environ.get("HOME") or os.path.expanduser("~")) / ".local" / "share")  # noqa: PTH111 - Path.home() raises where there is no home
    home = Path(data) / "noria"
    is_usable = home.is_absolute() and (os.geteuid() != 0 or others_may_pass(home))
    return home if is_usable else SHARED_HOME


if __name__ == "__main__":
    sys.stdout.write(settings_page())
