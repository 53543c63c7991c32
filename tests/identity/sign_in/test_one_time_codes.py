"""The step after the password: codes of an authenticator app (RFC 6238) and recovery codes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.context import EXTENSION
from identity.sessions import service as sessions
from identity.sessions.service import SignedIn
from identity.sign_in import one_time_codes, recovery_codes
from identity.sign_in.invitations import invite
from identity.sign_in.models import InvitationPurpose, OneTimeCodeSecret, RecoveryCode
from identity.sign_in.passwords import set_password
from identity.sign_in.throttling import ACCOUNT
from profiles.audit.models import AuditEntry
from profiles.outbox.models import OutboxMessage
from tests.app.page_checks import check_page
from tests.factories.organisations import INITIATOR
from tests.factories.people import make_person
from tests.identity.sign_in.conftest import ADDRESS, CHEAP, PASSWORD
from tests.support.visitor import ISSUER, Clock, Visitor

NOT_RIGHT = "The code is not right, or was used already"


@pytest.fixture
def secret(app: Flask, engine: Engine, person: UUID, now: datetime) -> str:
    """What the person's authenticator app counts from, in base32."""
    encryption = app.extensions[EXTENSION].encryption
    with transaction(engine) as session:
        assert one_time_codes.begin(session, encryption, person, now)
        secret = one_time_codes.find_unconfirmed(session, encryption, person)
        assert secret
        assert one_time_codes.confirm(session, person, 1, now)
    return secret


@pytest.fixture
def codes(engine: Engine, person: UUID, now: datetime) -> list[str]:
    with transaction(engine) as session:
        return recovery_codes.make(session, person, now)


def shown(secret: str, at: datetime) -> str:
    """What the app shows at this moment, computed by pyotp from the clock, not from our steps."""
    return pyotp.TOTP(secret).at(at)


def type_password(visitor: Visitor, query: str = "") -> TestResponse:
    return visitor.submit(f"/sign-in{query}", address=ADDRESS, password=PASSWORD)


def type_code(visitor: Visitor, code: str, query: str = "") -> TestResponse:
    return visitor.submit(f"/sign-in/code{query}", code=code)


def signed_in(engine: Engine, visitor: Visitor, at: datetime) -> SignedIn | None:
    with transaction(engine, writes=False) as session:
        return sessions.find_signed_in(session, visitor.cookie("lanyard_session") or "", at)


def events(engine: Engine) -> list[str]:
    with transaction(engine, writes=False) as session:
        return list(session.execute(select(AuditEntry.event).order_by(AuditEntry.id)).scalars())


@pytest.mark.looks_at("sign_in/code.html", "sign_in/sign_in.html")
def test_after_the_password_comes_the_code_and_only_then_a_session(
    engine: Engine, visitor: Visitor, clock: Clock, secret: str
) -> None:
    response = type_password(visitor, "?next=/transfers")
    assert (response.status_code, response.location) == (303, "/sign-in/code?next=/transfers")
    assert visitor.cookie("lanyard_session") is None
    page = visitor.open(response.location).text
    check_page(page)
    assert 'autocomplete="one-time-code"' in page
    entered = type_code(visitor, shown(secret, clock.now), "?next=/transfers")
    assert (entered.status_code, entered.location) == (303, "/transfers")
    found = signed_in(engine, visitor, clock.now)
    assert found is not None
    assert (found.acr, found.amr) == ("urn:lanyard:acr:mfa", ("pwd", "otp", "mfa"))


def test_without_the_password_there_is_no_code_to_type(visitor: Visitor, secret: str) -> None:
    response = visitor.open("/sign-in/code?next=/transfers")
    assert response.location == "/sign-in?next=/transfers"


def test_the_password_waits_some_minutes_in_one_browser(
    app: Flask, visitor: Visitor, clock: Clock, secret: str
) -> None:
    type_password(visitor)
    assert Visitor(app).open("/sign-in/code").status_code == 303
    clock.advance(minutes=10)
    assert visitor.open("/sign-in/code").status_code == 303


def test_a_password_that_was_replaced_meanwhile_lets_nobody_in(
    engine: Engine, visitor: Visitor, clock: Clock, person: UUID, secret: str
) -> None:
    type_password(visitor)
    clock.advance(seconds=1)
    with transaction(engine) as session:
        set_password(session, person, "another long one", clock.now, CHEAP)
    assert type_code(visitor, shown(secret, clock.now)).status_code == 422
    assert visitor.cookie("lanyard_session") is None


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_clocks_may_differ_by_one_step(visitor: Visitor, clock: Clock, secret: str, seconds: int) -> None:
    """RFC 6238 §5.2."""
    type_password(visitor)
    code = shown(secret, clock.now + timedelta(seconds=seconds))
    assert type_code(visitor, f" {code[:3]} {code[3:]} ").status_code == 303


@pytest.mark.parametrize("seconds", [-60, 60])
def test_clocks_may_not_differ_by_two(visitor: Visitor, clock: Clock, secret: str, seconds: int) -> None:
    type_password(visitor)
    refused = type_code(visitor, shown(secret, clock.now + timedelta(seconds=seconds)))
    assert refused.status_code == 422
    assert NOT_RIGHT in refused.text
    check_page(refused.text)


@pytest.mark.parametrize("code", ["", "x", "١٢٣٤٥٦", "0" * 65])
def test_what_is_no_code_is_refused(visitor: Visitor, secret: str, code: str) -> None:
    type_password(visitor)
    assert type_code(visitor, code).status_code == 422


def test_a_code_is_good_once(app: Flask, visitor: Visitor, clock: Clock, secret: str) -> None:
    code = shown(secret, clock.now)
    type_password(visitor)
    assert type_code(visitor, code).status_code == 303
    other = Visitor(app)
    type_password(other)
    assert type_code(other, code).status_code == 422


def test_of_several_uses_at_once_one_counts(app: Flask, clock: Clock, secret: str) -> None:
    visitors = [Visitor(app) for _ in range(4)]
    for one in visitors:
        type_password(one)
    code = shown(secret, clock.now)
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda one: type_code(one, code).status_code, visitors)
        assert sorted(answers) == [303, 422, 422, 422]


def test_guessing_codes_has_to_wait_also_when_the_password_is_typed_again(
    engine: Engine, visitor: Visitor, clock: Clock, secret: str
) -> None:
    for _attempt in range(ACCOUNT.free):
        type_password(visitor)
        assert type_code(visitor, "000000").status_code == 422
    type_password(visitor)
    waiting = type_code(visitor, shown(secret, clock.now))
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "60")
    check_page(waiting.text)
    assert "sign_in.throttled" in events(engine)
    clock.advance(minutes=1)
    assert type_code(visitor, shown(secret, clock.now)).status_code == 303


def test_the_secret_rests_encrypted_and_bound_to_its_person(
    app: Flask, engine: Engine, person: UUID, secret: str
) -> None:
    with transaction(engine, writes=False) as session:
        kept = session.execute(select(OneTimeCodeSecret)).scalar_one()
    assert secret.encode() not in kept.secret_encrypted
    encryption = app.extensions[EXTENSION].encryption
    assert encryption.decrypt(kept.secret_encrypted, f"one-time-codes:{person}") == secret.encode()


@pytest.mark.looks_at("sign_in/confirm.html")
def test_confirming_who_it_is_takes_the_code_too(
    engine: Engine, visitor: Visitor, clock: Clock, secret: str
) -> None:
    type_password(visitor)
    type_code(visitor, shown(secret, clock.now))
    clock.advance(minutes=20)
    query = "?next=/profile&fresh=1"
    response = visitor.submit(f"/sign-in{query}", password=PASSWORD)
    assert response.location.startswith("/sign-in/code?")
    assert type_code(visitor, shown(secret, clock.now), query).location == "/profile"
    found = signed_in(engine, visitor, clock.now)
    assert found is not None
    assert found.auth_time == clock.now


def test_a_new_password_by_link_does_not_go_round_the_code(
    engine: Engine, visitor: Visitor, clock: Clock, person: UUID, secret: str
) -> None:
    with transaction(engine) as session:
        purpose = InvitationPurpose.PASSWORD_RESET
        token = invite(session, ADDRESS, person, clock.now, purpose, issuer=ISSUER, initiator=INITIATOR)
    response = visitor.submit(f"/invitation/{token}/password", password="a fine new password")
    assert response.location.startswith("/sign-in/code")
    assert visitor.cookie("lanyard_session") is None
    assert type_code(visitor, shown(secret, clock.now)).status_code == 303


class TestRecoveryCodes:
    def test_one_lets_somebody_in_once_however_it_is_written(
        self, app: Flask, engine: Engine, visitor: Visitor, clock: Clock, secret: str, codes: list[str]
    ) -> None:
        assert len(set(codes)) == 10
        type_password(visitor)
        check_page(visitor.open("/sign-in/code?recovery=1").text)
        written = codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert type_code(visitor, written, "?recovery=1").status_code == 303
        found = signed_in(engine, visitor, clock.now)
        assert found is not None
        assert found.acr == "urn:lanyard:acr:mfa"
        other = Visitor(app)
        type_password(other)
        assert type_code(other, codes[0], "?recovery=1").status_code == 422
        assert type_code(other, codes[1], "?recovery=1").status_code == 303

    def test_every_known_address_is_told_how_many_are_left(
        self, engine: Engine, visitor: Visitor, secret: str, codes: list[str]
    ) -> None:
        type_password(visitor)
        type_code(visitor, codes[3], "?recovery=1")
        with transaction(engine, writes=False) as session:
            mails = [one.payload for one in session.execute(select(OutboxMessage)).scalars()]
        (mail,) = [one for one in mails if one["subject"] == "A recovery code was used"]
        assert mail["to"] == ADDRESS
        assert "You have 9 left" in mail["body"]
        assert "recovery_code.used" in events(engine)

    def test_they_rest_hashed(self, engine: Engine, codes: list[str]) -> None:
        with transaction(engine, writes=False) as session:
            kept = str(session.execute(select(RecoveryCode)).scalars().all())
        assert not [code for code in codes if code in kept or code.replace("-", "") in kept]

    def test_new_ones_replace_the_old(
        self, engine: Engine, visitor: Visitor, person: UUID, now: datetime, secret: str, codes: list[str]
    ) -> None:
        with transaction(engine) as session:
            fresh = recovery_codes.make(session, person, now)
        type_password(visitor)
        assert type_code(visitor, codes[0], "?recovery=1").status_code == 422
        assert type_code(visitor, fresh[0], "?recovery=1").status_code == 303

    def test_those_of_somebody_else_open_nothing(
        self, engine: Engine, visitor: Visitor, now: datetime, secret: str
    ) -> None:
        with transaction(engine) as session:
            theirs = recovery_codes.make(session, make_person(session, now, "sam.jones@hmrc.gov.uk"), now)
        type_password(visitor)
        assert type_code(visitor, theirs[0], "?recovery=1").status_code == 422

    def test_without_an_app_they_are_asked_for_only_where_more_must_be(
        self, app: Flask, engine: Engine, visitor: Visitor, clock: Clock, codes: list[str]
    ) -> None:
        """Whoever has lost their only passkey gets far enough to add another."""
        wished = type_password(Visitor(app), "?level=urn:lanyard:acr:mfa")
        assert wished.location == "/"
        query = "?next=/profile&level=urn:lanyard:acr:mfa&insists=1"
        assert type_password(visitor, query).location.startswith("/sign-in/code?")
        page = visitor.open(f"/sign-in/code{query}").text
        assert "Enter a recovery code" in page
        assert type_code(visitor, codes[0], query).location == "/profile"
