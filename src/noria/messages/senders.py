"""The ways out: SMTP for e-mails, and HTTP ports of the installation's own for all others."""

import asyncio
import logging
import os
import smtplib
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct
from standardwebhooks import Webhook

from noria.kit import clock, egress
from noria.kit.config import Settings, secret
from noria.kit.db import Connection, Database
from noria.kit.egress import TargetRefused, Unreachable
from noria.messages.outbox_model import Letter, Medium, Outcome

log = logging.getLogger("noria.messages")

TIMEOUT_S = 20.0
TEMPORARY = range(400, 500)
Send = Callable[[Letter, datetime], Outcome]


class Smtp(Struct, frozen=True):
    """A mail server: smtp:// with STARTTLS where it is offered, smtps:// encrypted from the start.

    A password is never sent over a connection that is not encrypted.
    """

    url: str
    sender: str

    def send(self, letter: Letter, now: datetime) -> Outcome:
        """One attempt. Whatever the server says is an outcome, not an exception."""
        try:
            with self._connected() as server:
                server.send_message(self._mail(letter, now))
        except smtplib.SMTPRecipientsRefused as problem:
            codes = [code for code, _ in problem.recipients.values()]
            return Outcome(is_sent=False, is_final=not _may_pass(codes[0]), told=f"SMTP {codes[0]}")
        except smtplib.SMTPResponseException as problem:
            code = problem.smtp_code
            return Outcome(is_sent=False, is_final=not _may_pass(code), told=f"SMTP {code}")
        except (OSError, smtplib.SMTPException) as problem:
            return Outcome(is_sent=False, is_final=False, told=type(problem).__name__)
        return Outcome(is_sent=True, is_final=True, told="accepted by the mail server")

    def _connected(self) -> smtplib.SMTP:
        at = urlsplit(self.url)
        host, trust = at.hostname or "localhost", ssl.create_default_context()
        if at.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, at.port or 465, timeout=TIMEOUT_S, context=trust
            )
        else:
            server = smtplib.SMTP(host, at.port or 587, timeout=TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=trust)
            elif at.username:
                server.close()
                raise smtplib.SMTPNotSupportedError("no STARTTLS, and there is a password")
        if at.username:
            server.login(unquote(at.username), unquote(at.password or ""))
        return server

    def _mail(self, letter: Letter, now: datetime) -> EmailMessage:
        """The Message-ID stays the same when an attempt is repeated: readers show it once."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, letter.to, letter.subject
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{letter.id}@{self.sender.rpartition('@')[2].rstrip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letter.text)
        mail.add_alternative(letter.html, subtype="html")
        if letter.picture:
            html = mail.get_body(("html",))
            assert html is not None, "it was added just now"
            html.add_related(letter.picture, "image", "png", cid="<code>")
        return mail


class Port(Struct, frozen=True):
    """Where short messages go: a POST, signed as our webhooks are.

    Texts as `{id, to, text}`; others, of which one port takes several, with their `channel` and
    `subject` too.
    """

    url: str
    secret: str
    reach: egress.Rules
    channel: Medium | None = None

    def send(self, letter: Letter, now: datetime) -> Outcome:
        """One attempt; an answer of 2xx is sent, of 4xx but 408 and 429 never tried again."""
        told = {"id": letter.id, "to": letter.to, "text": letter.short}
        if self.channel is not None:
            told |= {"channel": self.channel.value, "subject": letter.subject}
        body = msgspec.json.encode(told)
        signature = Webhook(self.secret).sign(letter.id, now, body.decode())
        headers = {
            "content-type": "application/json",
            "webhook-id": letter.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        try:
            answer = asyncio.run(egress.post(self.url, body, headers, self.reach))
        except (TargetRefused, Unreachable) as problem:
            return Outcome(is_sent=False, is_final=False, told=str(problem))
        is_sent = 200 <= answer.status < 300
        may_pass = answer.status >= 500 or answer.status in {408, 429}
        return Outcome(
            is_sent=is_sent, is_final=is_sent or not may_pass, told=f"HTTP {answer.status}"
        )


def _may_pass(code: int) -> bool:
    """Whether a mail server said that another time may do: 4yz, in RFC 5321."""
    return code in TEMPORARY


BY_CHANNEL = (Medium.CHAT, Medium.PUSH)
"""What goes through the one port that is told by which channel."""
Senders = dict[Medium, Send]
Write = Callable[[Connection, str], tuple[Medium, Letter] | None]
Settle = Callable[[Connection, str, Outcome], None]


def open_media(settings: Settings) -> list[Medium]:
    """By which ways something can be sent at all."""
    ways = {Medium.EMAIL: settings.smtp_url, Medium.SMS: settings.sms_url}
    ways |= dict.fromkeys(BY_CHANNEL, settings.message_url)
    return [medium for medium in Medium if ways[medium]]


def senders(settings: Settings) -> Senders:
    """The ways out that are set up."""
    ways: Senders = {}
    reach = egress.Rules(is_open=settings.webhook_allow_private)
    if settings.smtp_url:
        ways[Medium.EMAIL] = Smtp(settings.smtp_url, settings.mail_from).send
    if settings.sms_url:
        ways[Medium.SMS] = Port(settings.sms_url, _signed_with("SMS"), reach).send
    if settings.message_url:
        signed = _signed_with("MESSAGES")
        for channel in BY_CHANNEL:
            ways[channel] = Port(settings.message_url, signed, reach, channel).send
    return ways


def _signed_with(name: str) -> str:
    signed = secret(os.environ, name)
    assert signed is not None, "a name was given"
    return signed


def send_due(
    db: Database,
    ways: Senders,
    *,
    claim: Callable[[Connection], Sequence[str]],
    write: Write,
    settle: Settle,
) -> int:
    """Claim, write and send until nothing is due; how many were sent. None from `write`: dropped.

    What a killed worker had claimed is free again later.
    """
    sent = 0
    while ways and (claimed := db.run(claim)):
        sent += sum(_send(db, ways, key, write, settle) for key in claimed)
    return sent


def _send(db: Database, ways: Senders, key: str, write: Write, settle: Settle) -> bool:
    found = db.run(lambda tx: write(tx, key))
    if found is None:
        return False
    outcome = _tried(ways, *found)
    db.run(lambda tx: settle(tx, key, outcome))
    return outcome.is_sent


def _tried(ways: Senders, medium: Medium, letter: Letter) -> Outcome:
    try:
        return ways[medium](letter, clock.wall())
    except Exception as problem:
        # A bug of ours counts as an attempt too, or this message would be tried for ever.
        log.exception("message %s could not be sent", letter.id)
        return Outcome(is_sent=False, is_final=False, told=type(problem).__name__)
