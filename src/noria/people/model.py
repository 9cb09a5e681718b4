"""The nouns of who comes in: people, grants, sessions, keys; and every way to be turned away."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from noria.kit.auth import Permission, Role
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code

Email = Annotated[
    str,
    Meta(
        pattern=r"^[!-?A-~]+@[!-?A-~]+$",
        max_length=254,
        description="ASCII; kept in lower case.",
        examples=["claire@example.org"],
    ),
]
Password = Annotated[str, Meta(min_length=1, max_length=200, examples=["neuf-tramways-a-l-aube"])]
Name = Annotated[str, Meta(pattern=r"^[^\x00-\x1f]{1,200}$", examples=["Claire Martin"])]
Language = Literal["en", "fr"]
SomeNodes = Annotated[
    tuple[Code, ...],
    Meta(min_length=1, max_length=1000, description="Codes of nodes.", examples=[["PAR", "LYS"]]),
]


class Grant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role, and where it holds: at these nodes, or with null at all of them."""

    role: Role
    nodes: SomeNodes | None


class Person(Struct, frozen=True, kw_only=True):
    id: str
    email: str
    name: str
    language: Language
    is_active: bool
    grants: tuple[Grant, ...]
    version: int
    changed_at: datetime


class Holder(Struct, frozen=True, kw_only=True):
    """Somebody who may do something, as others are told of them: by the name alone."""

    id: Annotated[str, Meta(examples=["person:0197"])]
    name: str


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is edited of a person, beside grants and password."""

    email: Email
    name: Name
    language: Language = "en"
    is_active: bool = True


class Credential(Struct, frozen=True, kw_only=True):
    """What a log-in is checked against."""

    person: str
    email: str
    password_hash: str
    is_active: bool


class Session(Struct, frozen=True, kw_only=True):
    """A log-in that still holds, and whose it is."""

    person: str
    name: str
    language: Language
    csrf_hash: bytes
    grants: tuple[Grant, ...]


class Opened(Struct, frozen=True, kw_only=True):
    """A new session, with the two tokens that only the browser will know."""

    person_id: str
    token: str
    csrf_token: str
    expires_at: datetime


class Key(Struct, frozen=True, kw_only=True):
    """An API key as it is shown: everything but its secret. `nodes` of null are all nodes."""

    id: str
    name: str
    permissions: tuple[str, ...]
    nodes: tuple[str, ...] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    rotated_at: datetime | None
    previous_until: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key that somebody wants: its permissions, and where they hold (null: at all nodes)."""

    name: Name
    permissions: Annotated[tuple[Permission, ...], Meta(min_length=1, max_length=len(Permission))]
    nodes: SomeNodes | None
    expires_at: Annotated[datetime, Meta(tz=True, examples=["2030-01-01T00:00:00Z"])] | None = None


class RoleShown(Struct, frozen=True, kw_only=True):
    """A role, and all that it lets people do."""

    role: Role
    permissions: tuple[Permission, ...]


class Trace(Struct, frozen=True, kw_only=True):
    """A change as the trail keeps it, with the name of who made it, if they have one."""

    seq: int
    at: datetime
    actor: str
    actor_name: str | None
    action: str
    subject: str
    before: Any
    after: Any
    request_id: str


class KeyProof(Struct, frozen=True, kw_only=True):
    """What a presented key is checked against."""

    id: str
    name: str
    secret_hash: bytes
    previous_hash: bytes | None
    previous_until: datetime | None
    permissions: tuple[str, ...]
    nodes: tuple[str, ...] | None
    expires_at: datetime | None
    last_used_at: datetime | None
    is_revoked: bool


class Made(Struct, frozen=True, kw_only=True):
    """A key and its token: shown now, and never again. Null, when the same request comes twice."""

    key: Key
    token: str | None


class Policy(Struct, frozen=True, kw_only=True):
    """A token bucket: it holds `capacity` tokens, and fills up from empty in `window_s` seconds."""

    name: str
    capacity: int
    window_s: int

    @property
    def per_second(self) -> float:
        return self.capacity / self.window_s


class Level(Struct, frozen=True, kw_only=True):
    """A bucket after somebody took from it: how many they got, and how many are left."""

    taken: int
    tokens: float


class LogInRefused(Refusal):
    code = "log-in-refused"
    kind = Kind.UNAUTHENTICATED
    says = Text(
        "This e-mail and password do not open an account.",
        "Cet e-mail et ce mot de passe n'ouvrent aucun compte.",
    )
    do = Text(
        "Check both. Whoever manages access can set a new password.",
        "Vérifiez les deux. La personne qui gère les accès peut fixer un nouveau mot de passe.",
    )


class TooManyLogIns(Refusal):
    code = "too-many-log-ins"
    kind = Kind.TOO_MANY
    says = Text(
        "Too many failed log-ins; the next one is possible in {seconds} s.",
        "Trop de connexions refusées\u202f; la prochaine sera possible dans {seconds} s.",
    )
    do = Text(
        "Wait, then try again. A password that is forgotten can be replaced.",
        "Attendez, puis réessayez. Un mot de passe oublié peut être remplacé.",
    )


class TooManyRequests(Refusal):
    code = "too-many-requests"
    kind = Kind.TOO_MANY
    says = Text(
        "This key may send {limit} requests a minute, and has sent more.",
        "Cette clé peut envoyer {limit} demandes par minute, et en a envoyé davantage.",
    )
    do = Text(
        "Wait for Retry-After seconds, send fewer, or send them as batches.",
        "Attendez Retry-After secondes, envoyez-en moins, ou groupez-les en lots.",
    )


class SessionOver(Refusal):
    code = "session-over"
    kind = Kind.UNAUTHENTICATED
    says = Text("This session has ended.", "Cette session est terminée.")
    do = Text("Log in again.", "Reconnectez-vous.")


class KeyRefused(Refusal):
    code = "key-refused"
    kind = Kind.UNAUTHENTICATED
    says = Text(
        "This API key is not known, or was revoked, or has expired.",
        "Cette clé d'API est inconnue, révoquée ou expirée.",
    )
    do = Text(
        "Check that it is sent whole, as “Authorization: Bearer noria_…”, or ask for a new one.",
        "Vérifiez qu'elle est envoyée entière («\u202fAuthorization: Bearer noria_…\u202f»), ou "
        "demandez-en une autre.",
    )


class CsrfTokenWrong(Refusal):
    code = "csrf-token-wrong"
    kind = Kind.FORBIDDEN
    says = Text(
        "The request does not carry the CSRF token of this session.",
        "La demande ne porte pas le jeton CSRF de cette session.",
    )
    do = Text(
        "Send the value of the cookie noria_csrf in the header X-CSRF-Token.",
        "Envoyez la valeur du cookie noria_csrf dans l'en-tête X-CSRF-Token.",
    )


class PeopleOnly(Refusal):
    code = "people-only"
    kind = Kind.FORBIDDEN
    says = Text("Only a person who is logged in has this.", "Seule une personne connectée a cela.")
    do = Text("Log in rather than sending a key.", "Connectez-vous au lieu d'envoyer une clé.")


class BeyondYourReach(Refusal):
    code = "beyond-your-reach"
    kind = Kind.FORBIDDEN
    says = Text(
        "This reaches {permission}{where}, which you do not have yourself.",
        "Cela touche à {permission}{where}, que vous n'avez pas vous-même.",
    )
    do = Text(
        "Ask somebody who has it, or leave it out.",
        "Demandez à quelqu'un qui l'a, ou retirez-le.",
    )


class CommandLineOnly(Refusal):
    code = "command-line-only"
    kind = Kind.FORBIDDEN
    says = Text(
        "A key that may drive the clock is only made at the machine itself.",
        "Une clé qui pilote l'horloge ne se crée que sur la machine elle-même.",
    )
    do = Text(
        "Run “noria key add” on the server.", "Lancez «\u202fnoria key add\u202f» sur le serveur."
    )


class EmailTaken(Refusal):
    code = "email-taken"
    kind = Kind.CONFLICT
    says = Text("“{email}” belongs to somebody already.", "«\u202f{email}\u202f» est déjà pris.")
    do = Text("Choose another e-mail, or edit that person.", "Choisissez un autre e-mail.")


class PasswordWeak(Refusal):
    code = "password-weak"
    kind = Kind.UNPROCESSABLE
    says = Text("This password is easy to guess.", "Ce mot de passe est facile à deviner.")
    do = Text(
        "Take 12 characters or more, not one repeated few, and not your e-mail.",
        "Prenez 12 caractères ou plus, variés, et sans votre e-mail.",
    )


class PasswordWrong(Refusal):
    code = "password-wrong"
    kind = Kind.FORBIDDEN
    says = Text("This is not your present password.", "Ce n'est pas votre mot de passe actuel.")
    do = Text("Type the password you log in with.", "Tapez celui de votre connexion.")


class KeyRevoked(Refusal):
    code = "key-revoked"
    kind = Kind.CONFLICT
    says = Text("This key was revoked.", "Cette clé a été révoquée.")
    do = Text("Make a new one.", "Créez-en une autre.")


class ExpiryPassed(Refusal):
    code = "expiry-passed"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "A key that expires at {at} would never work.",
        "Une clé qui expire le {at} ne servirait jamais.",
    )
    do = Text("Send a time to come, or none.", "Envoyez une date à venir, ou aucune.")
