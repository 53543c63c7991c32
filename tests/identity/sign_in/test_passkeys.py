"""Signing in with a passkey: what is accepted and what is refused (Web Authentication Level 3 §7)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from webauthn.helpers import bytes_to_base64url
from werkzeug.test import TestResponse

from app.database import transaction
from identity.sessions import service as sessions
from identity.sessions.models import LoginSession
from identity.sign_in import challenges
from identity.sign_in.models import Passkey, SpentChallenge
from identity.sign_in.passkeys import account_of, add, read_answer, remove, verify_new
from identity.sign_in.relying_party import RelyingParty
from identity.sign_in.throttling import SOURCE
from profiles import temporal
from profiles.audit.models import AuditEntry
from profiles.people.models import WorkAddress
from tests.app.page_checks import check_page
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_person
from tests.identity.sign_in.conftest import ADDRESS, PASSWORD
from tests.support.authenticator import PRESENT, Authenticator, note_of, options_of
from tests.support.signed_in import sign_in
from tests.support.visitor import ISSUER, Clock, Visitor

REFUSAL = "That passkey did not work here"


def give_passkey(
    engine: Engine, person_id: UUID, now: datetime, name: str = "Laptop", issuer: str = ISSUER
) -> Authenticator:
    """A device with a passkey of this person."""
    site, challenge = RelyingParty.of(issuer), b"a challenge of the tests"
    device = Authenticator(origin=site.origin, rp_id=site.id)
    options = site.registration_options(account_of(person_id, ADDRESS, "Priya"), [], challenge)
    answer = read_answer(device.create(options))
    with transaction(engine) as session:
        assert add(session, person_id, name, verify_new(site, answer, challenge), answer.transports, now)
    return device


@pytest.fixture
def device(engine: Engine, person: UUID, now: datetime) -> Authenticator:
    return give_passkey(engine, person, now)


def answer_with(
    visitor: Visitor, answer: Callable[[dict[str, Any]], str], path: str = "/sign-in"
) -> TestResponse:
    """Open the page and send what a passkey says to its challenge."""
    page = visitor.open(path).text
    target = "/sign-in/passkey" + path.removeprefix("/sign-in")
    return visitor.submit(target, page=path, note=note_of(page), answer=answer(options_of(page)))


def refused(response: TestResponse) -> None:
    assert response.status_code == 422
    assert REFUSAL in response.text
    check_page(response.text)


def events(engine: Engine) -> list[str]:
    with transaction(engine, writes=False) as session:
        return list(session.execute(select(AuditEntry.event).order_by(AuditEntry.id)).scalars())


def count_sessions(engine: Engine) -> int:
    with transaction(engine, writes=False) as session:
        return len(session.execute(select(LoginSession)).all())


def test_a_passkey_signs_in_without_an_address_and_is_phishing_resistant(
    engine: Engine, visitor: Visitor, clock: Clock, device: Authenticator, person: UUID
) -> None:
    clock.advance(days=1)
    response = answer_with(visitor, device.get, "/sign-in?next=/transfers")
    assert (response.status_code, response.location) == (303, "/transfers")
    with transaction(engine, writes=False) as session:
        token = visitor.cookie("lanyard_session") or ""
        signed_in = sessions.find_signed_in(session, token, clock.now)
        passkey = session.execute(select(Passkey)).scalar_one()
    assert signed_in is not None
    assert (signed_in.person_id, signed_in.acr) == (person, "phr")
    assert signed_in.amr == ("pop", "user", "mfa")
    assert (passkey.last_used_at, passkey.sign_count) == (clock.now, 1)


def test_what_is_kept_of_it(engine: Engine, device: Authenticator) -> None:
    with transaction(engine, writes=False) as session:
        passkey = session.execute(select(Passkey)).scalar_one()
    assert passkey.credential_id == bytes_to_base64url(device.credential_id)
    assert (passkey.transports, passkey.backup_eligible, passkey.last_used_at) == (["internal"], False, None)


def test_the_page_asks_for_any_passkey_of_ours_with_its_holder_verified(visitor: Visitor) -> None:
    page = visitor.open("/sign-in").text
    options = options_of(page)
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert not options.get("allowCredentials")
    assert 'autocomplete="username webauthn"' in page
    assert "Passkeys need JavaScript" in page


@pytest.mark.parametrize(
    "wrongly",
    [
        {"origin": "https://lanyard.example.evil"},
        {"origin": "http://localhost:8000"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"user_handle": b"somebody else's"},
        {"user_handle": b""},
        {"credential_id": b"unknown"},
    ],
    ids=["origin", "port", "relying-party", "not-verified", "not-present", "handle", "no-handle", "unknown"],
)
def test_a_wrong_answer_is_refused(
    engine: Engine, visitor: Visitor, device: Authenticator, wrongly: dict[str, Any]
) -> None:
    """§7.2 steps 5 to 17."""
    for name, value in wrongly.items():
        setattr(device, name, value)
    refused(answer_with(visitor, device.get))
    assert count_sessions(engine) == 0
    assert events(engine)[-1] == "sign_in.failed"


def test_another_key_is_refused(visitor: Visitor, device: Authenticator) -> None:
    device.key = Authenticator().key
    refused(answer_with(visitor, device.get))


@pytest.mark.parametrize("changed", [{"challenge": "b3RoZXI"}, {"type": "webauthn.create"}, {"type": 1}])
def test_an_answer_to_something_else_is_refused(
    visitor: Visitor, device: Authenticator, changed: dict[str, Any]
) -> None:
    refused(answer_with(visitor, lambda options: device.get(options, **changed)))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "[" * 30_000,
        "x" * 40_000,
        '{"id": 1}',
        '{"id": "nul\\u0000"}',
        '{"id": "unknown", "response": []}',
        '{"id": "\\ud800"}',
    ],
    ids=["empty", "list", "deep", "long", "number", "nul", "response", "surrogate"],
)
def test_what_is_no_answer_at_all_is_refused(visitor: Visitor, device: Authenticator, answer: str) -> None:
    refused(answer_with(visitor, lambda _options: answer))


def test_a_mangled_answer_of_a_known_passkey_is_refused(visitor: Visitor, device: Authenticator) -> None:
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        answered = answer_with(visitor, lambda options, part=part: device.get(options).replace(part, "x"))  # type: ignore[misc]
        refused(answered)


def test_an_answer_is_good_once(engine: Engine, visitor: Visitor, device: Authenticator) -> None:
    page = visitor.open("/sign-in").text
    sent = {"note": note_of(page), "answer": device.get(options_of(page))}
    assert visitor.submit("/sign-in/passkey", page="/sign-in", **sent).status_code == 303
    visitor.client.delete_cookie("lanyard_session")
    refused(visitor.submit("/sign-in/passkey", page="/sign-in", **sent))
    assert count_sessions(engine) == 1


def test_of_several_answers_to_one_challenge_at_once_one_counts(
    app: Flask, engine: Engine, device: Authenticator
) -> None:
    """A device that never counts: only the challenge keeps it to one."""
    device.sign_count = -1
    page = Visitor(app).open("/sign-in").text
    sent = {"note": note_of(page), "answer": device.get(options_of(page))}
    visitors = [Visitor(app) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(
            lambda one: one.submit("/sign-in/passkey", page="/sign-in", **sent).status_code, visitors
        )
        assert sorted(answers) == [303, 422, 422, 422]
    assert count_sessions(engine) == 1


def test_a_challenge_expires(visitor: Visitor, clock: Clock, device: Authenticator) -> None:
    page = visitor.open("/sign-in").text
    sent = {"note": note_of(page), "answer": device.get(options_of(page))}
    clock.advance(minutes=10)
    refused(visitor.submit("/sign-in/passkey", page="/sign-in", **sent))


@pytest.mark.parametrize("note", ["", "made.up"])
def test_a_challenge_that_is_not_ours_is_refused(visitor: Visitor, device: Authenticator, note: str) -> None:
    page = visitor.open("/sign-in").text
    answer = device.get(options_of(page))
    refused(visitor.submit("/sign-in/passkey", page="/sign-in", note=note, answer=answer))


def test_a_form_of_another_site_signs_nobody_in(visitor: Visitor, device: Authenticator) -> None:
    page = visitor.open("/sign-in").text
    response = visitor.post("/sign-in/passkey", note=note_of(page), answer=device.get(options_of(page)))
    assert response.status_code == 400


def test_a_counter_that_does_not_go_up_is_refused_and_written_down(
    engine: Engine, visitor: Visitor, device: Authenticator
) -> None:
    """§7.2 step 22: somebody may have a copy."""
    assert answer_with(visitor, device.get).status_code == 303
    visitor.client.delete_cookie("lanyard_session")
    device.sign_count = 0
    refused(answer_with(visitor, device.get))
    assert events(engine)[-1] == "passkey.refused"
    assert count_sessions(engine) == 1


def test_a_device_that_never_counts_is_good_again_and_again(visitor: Visitor, device: Authenticator) -> None:
    for _time in range(2):
        device.sign_count = -1
        assert answer_with(visitor, device.get).status_code == 303
        visitor.client.delete_cookie("lanyard_session")


def test_a_removed_passkey_opens_nothing(
    engine: Engine, visitor: Visitor, now: datetime, device: Authenticator, person: UUID
) -> None:
    with transaction(engine) as session:
        remove(session, person, session.execute(select(Passkey.id)).scalar_one(), now)
    refused(answer_with(visitor, device.get))


def test_a_person_who_may_not_sign_in_any_more_is_refused(
    engine: Engine, visitor: Visitor, now: datetime, device: Authenticator
) -> None:
    with transaction(engine) as session:
        address = session.execute(select(WorkAddress)).scalar_one()
        temporal.end(session, address, now, now, PROVENANCE)
    refused(answer_with(visitor, device.get))


def test_many_failures_make_their_network_wait_but_nobody_with_a_passkey(
    app: Flask, engine: Engine, visitor: Visitor, device: Authenticator
) -> None:
    page = visitor.open("/sign-in").text
    sent = {"note": note_of(page), "answer": "{}"}
    for _attempt in range(SOURCE.free):
        visitor.submit("/sign-in/passkey", page="/sign-in", **sent)
    failed = len(events(engine))
    waiting = visitor.submit("/sign-in/passkey", page="/sign-in", **sent)
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "60")
    assert len(events(engine)) == failed
    assert answer_with(visitor, device.get).status_code == 303


def test_challenges_are_forgotten_when_they_have_expired(
    engine: Engine, visitor: Visitor, clock: Clock, device: Authenticator
) -> None:
    answer_with(visitor, device.get)
    clock.advance(minutes=11)
    with transaction(engine) as session:
        challenges.forget_expired(session, clock.now)
        assert session.execute(select(SpentChallenge)).all() == []


class TestConfirming:
    """Somebody is signed in, and proves again who they are."""

    PATH = "/sign-in?fresh=1&next=/profile"

    def test_their_own_passkey_confirms_and_raises_the_level(
        self, engine: Engine, visitor: Visitor, clock: Clock, device: Authenticator
    ) -> None:
        visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
        assert answer_with(visitor, device.get, self.PATH).location == "/profile"
        with transaction(engine, writes=False) as session:
            assert session.execute(select(LoginSession.acr)).scalars().all() == ["phr"]

    def test_the_browser_is_asked_for_their_own_and_need_not_say_whose_it_is(
        self, visitor: Visitor, device: Authenticator
    ) -> None:
        """§7.2 step 6: the person is known already."""
        visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
        (allowed,) = options_of(visitor.open(self.PATH).text)["allowCredentials"]
        assert allowed["id"] == bytes_to_base64url(device.credential_id)
        device.user_handle = b""
        assert answer_with(visitor, device.get, self.PATH).status_code == 303

    def test_somebody_elses_does_not_confirm(
        self, engine: Engine, visitor: Visitor, now: datetime, device: Authenticator
    ) -> None:
        with transaction(engine) as session:
            other = make_person(session, now, "sam.jones@hmrc.gov.uk")
        others = give_passkey(engine, other, now)
        visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
        refused(answer_with(visitor, others.get, self.PATH))

    def test_who_has_no_passkey_is_not_asked_for_one(self, visitor: Visitor, person: UUID) -> None:
        visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
        page = visitor.open(self.PATH).text
        assert 'id="password"' in page
        assert "data-passkey" not in page

    def test_who_has_nothing_to_confirm_with_is_told_whom_to_ask(
        self, app: Flask, engine: Engine, now: datetime
    ) -> None:
        """Somebody whom only a department's provider lets in, for instance."""
        with transaction(engine) as session:
            other = make_person(session, now, "sam.jones@hmrc.gov.uk")
        page = sign_in(app, other).open(self.PATH).text
        check_page(page)
        assert "neither a password nor a passkey" in page
        assert 'id="password"' not in page
