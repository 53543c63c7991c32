"""Signing in with a password, confirming, signing out: as a browser without JavaScript sees it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, update

from app.database import transaction
from identity.sessions import service as sessions
from identity.sessions.models import LoginSession
from identity.sessions.service import SignedIn
from identity.sign_in.models import PasswordCredential
from identity.sign_in.password_sign_in import HASHING
from identity.sign_in.passwords import PasswordCost, PasswordHashing, set_password
from identity.sign_in.throttling import ACCOUNT
from profiles import temporal
from profiles.audit.models import AuditEntry
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_person
from tests.identity.sign_in.conftest import ADDRESS, CHEAP, PASSWORD
from tests.support.visitor import Clock, Visitor, make_app

COOKIE = "lanyard_session"
REFUSAL = "The e-mail address or the password is not right"


class CountingHashing(PasswordHashing):
    """Counts the hashes, which is where the time goes."""

    def __init__(self, cost: PasswordCost = CHEAP) -> None:
        super().__init__(cost)
        self.count = 0

    def hash(self, password: str) -> str:
        self.count += 1
        return super().hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        self.count += 1
        return super().verify(password_hash, password)


def _sign_in(visitor: Visitor, password: str = PASSWORD, address: str = ADDRESS, query: str = "") -> int:
    return visitor.submit(f"/sign-in{query}", address=address, password=password).status_code


def _signed_in(engine: Engine, visitor: Visitor, clock: Clock) -> SignedIn | None:
    with transaction(engine, writes=False) as session:
        return sessions.find_signed_in(session, visitor.cookie(COOKIE) or "", clock.now)


def _count_sessions(engine: Engine) -> int:
    with transaction(engine, writes=False) as session:
        return session.execute(select(func.count()).select_from(LoginSession)).scalar_one()


def _events(engine: Engine) -> list[str]:
    with transaction(engine, writes=False) as session:
        return list(session.execute(select(AuditEntry.event).order_by(AuditEntry.id)).scalars())


def test_the_form_is_a_good_page_for_people_and_password_managers(visitor: Visitor) -> None:
    response = visitor.open("/sign-in")
    check_page(response.text)
    for part in ('id="address"', 'id="password"', 'id="sign-in"', 'autocomplete="username webauthn"'):
        assert part in response.text
    assert 'autocomplete="current-password"' in response.text


def test_the_right_password_signs_in_and_leads_on(
    engine: Engine, visitor: Visitor, clock: Clock, person: UUID
) -> None:
    response = visitor.submit("/sign-in?next=/transfers?page=2", address=ADDRESS, password=PASSWORD)
    assert (response.status_code, response.location) == (303, "/transfers?page=2")
    signed_in = _signed_in(engine, visitor, clock)
    assert signed_in is not None
    assert (signed_in.person_id, signed_in.auth_time) == (person, clock.now)


@pytest.mark.parametrize(
    ("issuer", "name", "secure"),
    [("http://localhost", COOKIE, False), ("https://lanyard.example", "__Host-lanyard_session", True)],
)
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    database_url: str, clock: Clock, person: UUID, issuer: str, name: str, secure: bool
) -> None:
    app = make_app(database_url, clock, issuer=issuer)
    visitor = Visitor(app)
    response = visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
    cookie = next(one for one in response.headers.getlist("Set-Cookie") if one.startswith(f"{name}="))
    assert ("Secure" in cookie) is secure
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    app.extensions["engine"].dispose()


def test_a_cookie_from_before_signing_in_is_worth_nothing_after(
    engine: Engine, visitor: Visitor, clock: Clock, person: UUID
) -> None:
    """Fixation: the token of the session is new, whatever the browser sent."""
    visitor.client.set_cookie(COOKIE, "planted")
    assert _sign_in(visitor) == 303
    assert visitor.cookie(COOKIE) != "planted"
    with transaction(engine, writes=False) as session:
        assert sessions.find_signed_in(session, "planted", clock.now) is None


def test_the_forms_cookie_does_not_outlive_signing_in(visitor: Visitor, person: UUID) -> None:
    visitor.open("/sign-in")
    assert visitor.cookie("lanyard_form")
    _sign_in(visitor)
    assert not visitor.cookie("lanyard_form")


def test_a_wrong_password_and_an_unknown_account_look_the_same(visitor: Visitor, person: UUID) -> None:
    wrong = visitor.submit("/sign-in", address=ADDRESS, password="wrong")
    unknown = visitor.submit("/sign-in", address="nobody@hmrc.gov.uk", password="wrong")
    assert wrong.status_code == unknown.status_code == 422
    assert REFUSAL in wrong.text
    assert REFUSAL in unknown.text
    check_page(wrong.text)


def test_every_refusal_takes_one_hash(
    app: Flask, engine: Engine, visitor: Visitor, now: datetime, person: UUID
) -> None:
    with transaction(engine) as session:
        make_person(session, now, "no.password@hmrc.gov.uk")
    hashing = app.extensions[HASHING] = CountingHashing()
    for address in (ADDRESS, "nobody@hmrc.gov.uk", "no.password@hmrc.gov.uk", "nul\0@hmrc.gov.uk"):
        hashing.count = 0
        assert _sign_in(visitor, "wrong", address) == 422
        assert hashing.count == 1


def _take_back_address(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        address = session.execute(select(WorkAddress)).scalar_one()
        temporal.end(session, address, now, now, PROVENANCE)


def test_an_address_that_was_taken_back_signs_nobody_in(
    engine: Engine, visitor: Visitor, now: datetime, person: UUID
) -> None:
    _take_back_address(engine, now)
    response = visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
    assert response.status_code == 422
    assert REFUSAL in response.text


@pytest.mark.parametrize(
    ("address", "password", "message"),
    [("", "x", "Enter your work e-mail address"), (ADDRESS, "", "Enter your password")],
)
def test_an_empty_field_is_named_and_no_attempt_is_counted(
    app: Flask, visitor: Visitor, person: UUID, address: str, password: str, message: str
) -> None:
    hashing = app.extensions[HASHING] = CountingHashing()
    response = visitor.submit("/sign-in", address=address, password=password)
    assert response.status_code == 422
    assert message in response.text
    check_page(response.text)
    assert hashing.count == 0


def test_a_form_without_its_token_changes_nothing(engine: Engine, visitor: Visitor, person: UUID) -> None:
    before = _events(engine)
    assert visitor.post("/sign-in", address=ADDRESS, password=PASSWORD).status_code == 400
    assert visitor.cookie(COOKIE) is None
    assert _count_sessions(engine) == 0
    assert _events(engine) == before


@pytest.mark.parametrize("address", [ADDRESS, "nobody@hmrc.gov.uk"])
def test_too_many_attempts_wait_whether_the_account_exists_or_not(
    app: Flask, visitor: Visitor, clock: Clock, person: UUID, address: str
) -> None:
    for _ in range(ACCOUNT.free):
        assert _sign_in(visitor, "wrong", address) == 422
    hashing = app.extensions[HASHING] = CountingHashing()
    response = visitor.submit("/sign-in", address=address, password=PASSWORD)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert "Wait 1 minute, then try again" in response.text
    check_page(response.text)
    assert hashing.count == 0


def test_after_the_wait_the_right_password_signs_in(visitor: Visitor, clock: Clock, person: UUID) -> None:
    for _ in range(ACCOUNT.free):
        _sign_in(visitor, "wrong")
    assert _sign_in(visitor) == 429
    clock.advance(minutes=1)
    assert _sign_in(visitor) == 303


def test_a_success_forgets_the_failures(app: Flask, visitor: Visitor, person: UUID) -> None:
    for _ in range(ACCOUNT.free - 1):
        _sign_in(visitor, "wrong")
    assert _sign_in(visitor) == 303
    assert [_sign_in(Visitor(app), "wrong") for _ in range(ACCOUNT.free)] == [422] * ACCOUNT.free


def test_failures_and_the_wait_they_lead_to_are_audited_without_what_was_typed(
    engine: Engine, visitor: Visitor, person: UUID
) -> None:
    for _ in range(ACCOUNT.free + 1):
        _sign_in(visitor, "wrong")
    assert _events(engine).count("sign_in.failed") == ACCOUNT.free
    assert _events(engine).count("sign_in.throttled") == 1
    with transaction(engine, writes=False) as session:
        entries = session.execute(select(AuditEntry).where(AuditEntry.event == "sign_in.failed")).scalars()
        assert not any(ADDRESS in str(entry.details) or "192.0.2" in str(entry.details) for entry in entries)


def test_a_sign_in_at_todays_cost_replaces_an_old_hash(
    app: Flask, engine: Engine, visitor: Visitor, person: UUID
) -> None:
    app.extensions[HASHING] = PasswordHashing(PasswordCost(time=2, memory_kib=8))
    assert _sign_in(visitor) == 303
    with transaction(engine, writes=False) as session:
        stored = session.execute(select(PasswordCredential.password_hash)).scalar_one()
    assert "t=2" in stored
    visitor.submit("/sign-out", page="/sign-in?fresh=1")
    assert _sign_in(visitor) == 303


class ResettingHashing(PasswordHashing):
    """The person sets another password while the old one is being verified."""

    def __init__(self, engine: Engine, person_id: UUID, at: datetime) -> None:
        super().__init__(CHEAP)
        self._reset = (engine, person_id, at)

    def verify(self, password_hash: str | None, password: str) -> bool:
        engine, person_id, at = self._reset
        with transaction(engine) as session:
            set_password(session, person_id, "otters swim at dusk", at, CHEAP)
        return super().verify(password_hash, password)


def test_a_password_that_is_replaced_meanwhile_begins_no_session(
    app: Flask, engine: Engine, visitor: Visitor, clock: Clock, person: UUID
) -> None:
    """Else whoever stole the old one could keep a session through the reset, by signing in all the time."""
    clock.advance(minutes=1)
    app.extensions[HASHING] = ResettingHashing(engine, person, clock.now)
    assert _sign_in(visitor) == 422
    assert _count_sessions(engine) == 0


def test_two_browsers_sign_in_at_once(app: Flask, engine: Engine, clock: Clock, person: UUID) -> None:
    visitors = [Visitor(app), Visitor(app)]
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(_sign_in, visitors)) == [303, 303]
    found = [_signed_in(engine, visitor, clock) for visitor in visitors]
    assert len({one.session_id for one in found if one}) == 2


def test_who_is_signed_in_goes_on_at_once(visitor: Visitor, person: UUID) -> None:
    _sign_in(visitor)
    response = visitor.open("/sign-in?next=/apps")
    assert (response.status_code, response.location) == (303, "/apps")


def test_a_session_that_idled_too_long_asks_again(visitor: Visitor, clock: Clock, person: UUID) -> None:
    _sign_in(visitor)
    clock.advance(hours=1)
    assert visitor.open("/sign-in?next=/apps").status_code == 200


def test_another_person_at_the_same_browser_gets_a_session_of_their_own(
    engine: Engine, visitor: Visitor, clock: Clock, person: UUID
) -> None:
    with transaction(engine) as session:
        other = make_person(session, clock.now, "sam.other@hmrc.gov.uk")
        set_password(session, other, PASSWORD, clock.now, CHEAP)
    _sign_in(visitor)
    first = _signed_in(engine, visitor, clock)
    assert first is not None
    visitor.submit("/sign-in", page="/sign-in?fresh=1", address="sam.other@hmrc.gov.uk", password=PASSWORD)
    second = _signed_in(engine, visitor, clock)
    assert second is not None
    assert (second.person_id, second.session_id != first.session_id) == (other, True)
    with transaction(engine, writes=False) as session:
        assert session.get_one(LoginSession, first.session_id).ended_at == clock.now


class TestFreshSignIn:
    """``fresh=1`` asks the person who is signed in for their password again."""

    QUERY = "?next=/transfers&fresh=1"

    def test_the_page_names_who_it_is(self, visitor: Visitor, person: UUID) -> None:
        _sign_in(visitor)
        response = visitor.open(f"/sign-in{self.QUERY}")
        check_page(response.text)
        assert "Confirm it is you" in response.text
        assert "Priya Patel" in response.text

    def test_it_keeps_the_session_and_renews_time_and_cookie(
        self, engine: Engine, visitor: Visitor, clock: Clock, person: UUID
    ) -> None:
        _sign_in(visitor)
        before, old_cookie = _signed_in(engine, visitor, clock), visitor.cookie(COOKIE)
        clock.advance(minutes=30)
        response = visitor.submit(f"/sign-in{self.QUERY}", password=PASSWORD)
        after = _signed_in(engine, visitor, clock)
        assert (response.status_code, response.location) == (303, "/transfers")
        assert before is not None
        assert after is not None
        assert (after.session_id, after.auth_time) == (before.session_id, clock.now)
        assert visitor.cookie(COOKIE) != old_cookie

    def test_the_password_of_another_person_does_not_confirm(
        self, engine: Engine, visitor: Visitor, clock: Clock, person: UUID
    ) -> None:
        with transaction(engine) as session:
            other = make_person(session, clock.now, "sam.other@hmrc.gov.uk")
            set_password(session, other, "the password of sam", clock.now, CHEAP)
        _sign_in(visitor)
        before = _signed_in(engine, visitor, clock)
        response = visitor.submit(
            f"/sign-in{self.QUERY}", address="sam.other@hmrc.gov.uk", password="the password of sam"
        )
        assert response.status_code == 422
        assert "The password is not right" in response.text
        check_page(response.text)
        assert _signed_in(engine, visitor, clock) == before

    def test_who_holds_a_role_but_no_address_can_confirm(
        self, engine: Engine, visitor: Visitor, clock: Clock, person: UUID
    ) -> None:
        _sign_in(visitor)
        with transaction(engine) as session:
            give_role(session, clock.now, person, Role.PLATFORM_ADMINISTRATOR, None)
        _take_back_address(engine, clock.now)
        assert str(person) not in visitor.open(f"/sign-in{self.QUERY}").text
        assert visitor.submit(f"/sign-in{self.QUERY}", password=PASSWORD).status_code == 303

    def test_who_may_not_sign_in_any_more_cannot_confirm(
        self, engine: Engine, visitor: Visitor, clock: Clock, person: UUID
    ) -> None:
        _sign_in(visitor)
        _take_back_address(engine, clock.now)
        assert visitor.submit(f"/sign-in{self.QUERY}", password=PASSWORD).status_code == 422

    def test_guessing_waits_as_at_the_front_door(self, visitor: Visitor, person: UUID) -> None:
        _sign_in(visitor)
        query = f"/sign-in{self.QUERY}"
        statuses = [visitor.submit(query, password="wrong").status_code for _ in range(ACCOUNT.free + 1)]
        assert statuses == [422] * ACCOUNT.free + [429]

    def test_nobody_signed_in_gets_the_ordinary_form(self, visitor: Visitor, person: UUID) -> None:
        response = visitor.submit(f"/sign-in{self.QUERY}", address=ADDRESS, password=PASSWORD)
        assert (response.status_code, response.location) == (303, "/transfers")


class TestSigningOut:
    """A form ends the session; a link cannot."""

    def test_the_session_ends_and_the_cookie_goes(
        self, engine: Engine, visitor: Visitor, clock: Clock, person: UUID
    ) -> None:
        _sign_in(visitor)
        cookie = visitor.cookie(COOKIE)
        assert cookie is not None
        response = visitor.submit("/sign-out", page="/sign-in?fresh=1")
        assert (response.status_code, response.location) == (303, "/signed-out")
        assert visitor.cookie(COOKIE) is None
        with transaction(engine, writes=False) as session:
            assert sessions.find_signed_in(session, cookie, clock.now) is None

    def test_the_page_says_so(self, visitor: Visitor) -> None:
        response = visitor.open("/signed-out")
        check_page(response.text)
        assert "You are signed out" in response.text

    def test_without_the_forms_token_nothing_ends(
        self, engine: Engine, visitor: Visitor, clock: Clock, person: UUID
    ) -> None:
        _sign_in(visitor)
        assert visitor.post("/sign-out").status_code == 400
        assert visitor.open("/sign-out").status_code == 405
        assert _signed_in(engine, visitor, clock) is not None

    def test_a_browser_without_a_session_can_sign_out(self, visitor: Visitor) -> None:
        assert visitor.submit("/sign-out", page="/sign-in").status_code == 303


def test_a_session_ended_elsewhere_is_over_here(
    engine: Engine, visitor: Visitor, clock: Clock, person: UUID
) -> None:
    _sign_in(visitor)
    with transaction(engine) as session:
        session.execute(update(LoginSession).values(ended_at=clock.now))
    assert visitor.open("/sign-in?next=/apps").status_code == 200
