"""Mail goes to the configured server, and a server that fails is a fault in a few words."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_string, policy

import pytest

from app.config import DEVELOPMENT_ENCRYPTION_KEY, Settings
from app.mail import SmtpServer, compose, deliver
from profiles.columns import new_id
from profiles.outbox.models import MessageKind, OutboxMessage


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it gets; ``answer`` is what it says to a recipient."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answer = "250 OK"
        self.received: list[str] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 ready")
        for line in iter(self.rfile.readline, b""):
            command = line.decode().strip().upper()
            if command == "DATA":
                self._say("354 go on")
                lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                self.server.received.append("".join(lines))
                self._say("250 OK")
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say(self.server.answer if command.startswith("RCPT") else "250 OK")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
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
        "mail_from": "lanyard@example.gov.uk",
    }
    return Settings(**(values | changes))


def test_a_mail_reaches_the_server(server, message):
    assert deliver(settings(smtp_url=server.url), message) == ""
    (received,) = server.received
    mail = message_from_string(received, policy=policy.default)
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "priya.patel@example.gov.uk",
        "lanyard@example.gov.uk",
        "Welcome",
    )
    assert mail.get_content().strip() == "Open the link."


def test_a_mail_sent_twice_has_one_identifier(message):
    first, second = (compose(message, "lanyard@example.gov.uk") for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"] == f"<{message.id}@example.gov.uk>"


def test_a_refused_recipient_is_a_fault_without_the_address(server, message):
    server.answer = "550 no such user priya.patel"
    fault = deliver(settings(smtp_url=server.url), message)
    assert fault
    assert "priya" not in fault
    assert server.received == []


def test_a_server_that_is_not_there_is_a_fault(message):
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{nobody_listens.getsockname()[1]}"
        fault = deliver(settings(smtp_url=url), message)
    assert fault == "mail could not be sent (ConnectionRefusedError)"


def test_a_line_break_cannot_add_a_header(server, message):
    message.payload = message.payload | {"subject": "Welcome\nBcc: all@example.gov.uk"}
    assert deliver(settings(smtp_url=server.url), message) == "mail could not be sent (ValueError)"
    assert server.received == []


def test_development_without_a_server_leaves_mail_in_the_inbox(message):
    assert deliver(settings(), message) == ""


def test_production_without_a_server_is_a_fault(message):
    production = settings(
        environment="production",
        issuer="https://lanyard.example",
        secret_key="x" * 32,
        encryption_key="dGVzdHMgb25seTogdGhpcnR5LXR3byBieXRlcyEhISE=",
    )
    assert deliver(production, message) == "no mail server is configured"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587, "", "", False)),
        ("smtps://a%40b:p%2Fw@mail.example", SmtpServer("mail.example", 465, "a@b", "p/w", True)),
        ("smtp://mail.example:25", SmtpServer("mail.example", 25, "", "", False)),
    ],
)
def test_a_server_is_named_by_its_url(url, expected):
    assert SmtpServer.from_url(url) == expected


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_anything_else_is_no_mail_server(url):
    with pytest.raises(ValueError, match="LANYARD_SMTP_URL"):
        SmtpServer.from_url(url)
