"""Mail goes by GOV.UK Notify where a key of it is set, and what Notify refuses is a fault in a few words."""

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from jose import jwt

from app.config import DEVELOPMENT_ENCRYPTION_KEY, Settings
from app.mail import deliver
from profiles.columns import new_id
from profiles.outbox.models import MessageKind, OutboxMessage

SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
API_KEY = f"lanyard-mail-{SERVICE}-{SECRET}"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"


class Notify(ThreadingHTTPServer):
    """As its documentation has it (REST API, *Send an email*): keeps what it gets, answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.answer: tuple[int, Any] = (201, {"id": "740e5834-3a29-46b4-9a6f-16142fde533a"})
        self.received: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Call(BaseHTTPRequestHandler):
    server: Notify

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, self.headers["Authorization"], body))
        status, answer = self.server.answer
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()
        self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def notify() -> Iterator[Notify]:
    with Notify() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def message(now):
    payload = {"to": "priya.patel@example.gov.uk", "subject": "Welcome", "body": "Open the link.\n"}
    return OutboxMessage(
        id=new_id(), kind=MessageKind.MAIL, payload=payload, reason="Welcome", created_at=now, due_at=now
    )


def settings(**changes) -> Settings:
    values = {
        "environment": "development",
        "issuer": "http://localhost:8000",
        "database_url": "sqlite://",
        "secret_key": "only for these tests",
        "encryption_key": DEVELOPMENT_ENCRYPTION_KEY,
        "notify_api_key": API_KEY,
        "notify_template_id": TEMPLATE,
    }
    return Settings(**(values | changes))


def test_a_mail_is_handed_to_notify_by_its_template(notify, message):
    assert deliver(settings(notify_url=notify.url), message) == ""
    ((path, _, body),) = notify.received
    assert path == "/v2/notifications/email"
    assert body == {
        "email_address": "priya.patel@example.gov.uk",
        "template_id": TEMPLATE,
        "personalisation": {"subject": "Welcome", "body": "Open the link.\n"},
        "reference": str(message.id),
    }


def test_the_call_is_signed_by_the_secret_of_the_key_and_names_its_service(notify, message):
    before = int(time.time())
    deliver(settings(notify_url=notify.url), message)
    ((_, authorization, _),) = notify.received
    scheme, _, token = authorization.partition(" ")
    assert scheme == "Bearer"
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert claims["iss"] == SERVICE
    assert before <= claims["iat"] <= time.time()
    assert SECRET not in authorization


@pytest.mark.parametrize(
    "typed",
    [
        "[Sign in](https://evil.example)",
        "[Sign in][1]\n\n[1]: https://evil.example",
        "# Your account is closed",
        "  ^ Your account is closed",
        "* * *",
        "---",
    ],
)
def test_what_people_have_typed_is_no_markdown(notify, message, typed):
    """Notify takes a link, a heading, an inset and a line for what they are (its guidance, *Formatting*)."""
    message.payload = {**message.payload, "body": f"{typed} Patel asks.\n"}
    assert deliver(settings(notify_url=notify.url), message) == ""
    [(_path, _header, sent)] = notify.received
    body = sent["personalisation"]["body"]
    assert not re.search(r"\][(\[:]|^[ \t]*([#^*]|---)", body, re.MULTILINE)
    assert re.sub(r"[\u200b ]", "", body) == re.sub(" ", "", message.payload["body"])


def test_what_notify_refuses_is_a_fault_with_its_name_and_without_the_address(notify, message):
    fault = {"error": "ValidationError", "message": "email_address priya.patel is not valid"}
    notify.answer = (400, {"status_code": 400, "errors": [fault]})
    assert deliver(settings(notify_url=notify.url), message) == "GOV.UK Notify answered 400 (ValidationError)"


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>Bad gateway</html>",
        b"null",
        b'{"errors": []}',
        b'{"errors": {"0": 1}}',
        b'{"errors": [{"error": "priya.patel@example.gov.uk"}]}',
    ],
    ids=["html", "null", "empty", "object", "address"],
)
def test_an_answer_of_another_shape_is_a_fault_by_its_number_alone(notify, message, answer):
    notify.answer = (502, answer)
    assert deliver(settings(notify_url=notify.url), message) == "GOV.UK Notify answered 502"


def test_nothing_follows_where_an_answer_points(notify, message):
    notify.answer = (302, b"")
    assert deliver(settings(notify_url=notify.url), message) == "GOV.UK Notify answered 302"
    assert len(notify.received) == 1


def test_notify_that_is_not_there_is_a_fault(notify, message):
    address = notify.url
    notify.server_close()
    assert deliver(settings(notify_url=address), message) == "mail could not be sent (ConnectionError)"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"notify_api_key": f"lanyard-{SECRET}"}, "LANYARD_NOTIFY_API_KEY"),
        ({"notify_template_id": ""}, "LANYARD_NOTIFY_TEMPLATE_ID"),
        ({"smtp_url": "smtp://mail.example.gov.uk"}, "not by both"),
    ],
    ids=["half a key", "no template", "two ways"],
)
def test_settings_by_which_no_mail_would_go_are_refused(changes, said):
    with pytest.raises(ValueError, match=said) as refused:
        settings(**changes)
    assert SECRET not in str(refused.value)


def test_in_production_mail_and_its_links_go_over_tls_only():
    production = {
        "environment": "production",
        "issuer": "https://lanyard.example",
        "secret_key": "x" * 32,
        "encryption_key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    }
    assert settings(**production).notify_url.startswith("https://")
    with pytest.raises(ValueError, match="LANYARD_NOTIFY_URL must be https"):
        settings(**production, notify_url="http://notify.internal")
