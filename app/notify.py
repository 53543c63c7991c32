"""Sends mail through GOV.UK Notify's REST API, for services that have no mail server of their own."""

import re
import time
from typing import Any

import requests

from app.config import Settings
from app.mail_settings import NotifyKey
from identity.outgoing_http import outgoing_http
from profiles.outbox.models import OutboxMessage

TIMEOUT_SECONDS = 10
_LINK = re.compile(r"(\])([(\[:])")
_AT_THE_START = re.compile(r"^([ \t]*)([#^*>+=_`~|]|-[-\s]*-)", re.MULTILINE)
_NOTHING = "\u200b"
"""A blank of no width."""
_NAME_OF_ERROR = re.compile("[A-Za-z]{1,40}")


def deliver(settings: Settings, message: OutboxMessage) -> str:
    """One attempt at a mail; return what went wrong in a few words of ours, or nothing.

    Notify fills the template's ``((subject))`` and ``((body))``. The outbox message's id is Notify's
    reference, by which a mail sent twice can be told to be one.
    """
    key = NotifyKey.from_text(settings.notify_api_key.get_secret_value())
    payload: dict[str, Any] = message.payload
    wanted = {
        "email_address": payload["to"],
        "template_id": settings.notify_template_id,
        "personalisation": {"subject": payload["subject"], "body": _without_markdown(payload["body"])},
        "reference": str(message.id),
    }
    try:
        with outgoing_http(public_only=not settings.development) as http:
            answer = http.post(
                f"{settings.notify_url}/v2/notifications/email",
                json=wanted,
                headers={"Authorization": f"Bearer {key.token(time.time())}"},
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            if answer.status_code == requests.codes.created:
                return ""
            return f"GOV.UK Notify answered {answer.status_code}{_named(answer)}"
    except requests.RequestException as error:
        return f"mail could not be sent ({type(error).__name__})"


def _without_markdown(text: str) -> str:
    """The same text, in which Notify's Markdown finds no link under other words, no heading and no line.

    Names, reasons and what organisations and apps are called stand in it, as people have typed them.
    """
    apart = _LINK.sub(r"\1 \2", text)
    return _AT_THE_START.sub(f"\\1{_NOTHING}\\2", apart)


def _named(answer: requests.Response) -> str:
    """Notify's name for its error. Its message is left out, because it may quote the mail."""
    try:
        name = str(answer.json()["errors"][0]["error"])
    except (requests.JSONDecodeError, LookupError, TypeError):
        return ""
    return f" ({name})" if _NAME_OF_ERROR.fullmatch(name) else ""
