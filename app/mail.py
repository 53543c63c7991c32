"""Sends mail over SMTP or GOV.UK Notify; in development without either, mail stays in the inbox page."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from app import notify
from app.config import Settings
from profiles.outbox.models import OutboxMessage

TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class SmtpServer:
    """A mail server from its URL: ``smtp://`` upgrades to TLS where it can, ``smtps://`` begins with it."""

    host: str
    port: int
    user: str
    password: str
    tls_from_the_start: bool

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Raises ValueError, without the URL in its text, when it is not like ``smtp://host:port``."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("LANYARD_SMTP_URL must be like smtp://user:password@host:port")
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if parts.scheme == "smtps" else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls_from_the_start=parts.scheme == "smtps",
        )


def deliver(settings: Settings, message: OutboxMessage) -> str:
    """One attempt at a mail; return what went wrong in a few words of ours, or nothing.

    The Message-ID is the outbox message's, so that a mail sent twice can be told to be one.
    """
    if settings.notify_api_key.get_secret_value():
        return notify.deliver(settings, message)
    if not settings.smtp_url:
        return "" if settings.development else "no mail server is configured"
    try:
        server = SmtpServer.from_url(settings.smtp_url)
        mail = compose(message, settings.mail_from)
        with _connected(server) as connection:
            connection.send_message(mail)
    except smtplib.SMTPResponseException as error:
        return f"the mail server answered {error.smtp_code}"
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return f"mail could not be sent ({type(error).__name__})"
    return ""


def compose(message: OutboxMessage, sender: str) -> EmailMessage:
    """The mail of an outbox message. Raises ValueError when an address or the subject holds a line break."""
    payload: dict[str, Any] = message.payload
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = payload["to"]
    mail["Subject"] = payload["subject"]
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2].rstrip('>')}>"
    # Nobody's holiday notice should answer a machine (RFC 3834 §5).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(payload["body"])
    return mail


def _connected(server: SmtpServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls_from_the_start:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.ehlo()
        encrypted = server.tls_from_the_start
        if not encrypted and connection.has_extn("starttls"):
            connection.starttls(context=context)
            encrypted = True
        if server.user:
            if not encrypted and not _is_loopback(server.host):
                raise smtplib.SMTPNotSupportedError("the password would travel in the clear")
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
