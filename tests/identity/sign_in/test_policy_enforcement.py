"""An organisation's policy at every way in, at each use of a session, and when a method is added."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlmodel import col
from werkzeug.test import TestResponse

from app.database import transaction
from identity.sessions.cookie import cookie_name
from identity.sessions.models import LoginSession
from identity.sessions.service import Limits, start
from identity.sign_in.invitations import invite
from identity.sign_in.models import InvitationPurpose, Passkey
from identity.sign_in.passkeys import HARDWARE_AMR
from identity.sign_in.passwords import set_password
from profiles import temporal
from profiles.audit.models import AuditEntry
from profiles.organisations.service import OrganisationView
from profiles.people.models import WorkAddress
from profiles.sign_in.models import Attestation
from profiles.suspensions.service import suspend_account, suspend_organisation
from tests.app.page_checks import check_page
from tests.factories.contacts import make_contact
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_employee
from tests.factories.policies import MFA, PHR, make_policy
from tests.identity.sign_in.conftest import ADDRESS, CHEAP, PASSWORD
from tests.identity.sign_in.test_passkeys import answer_with, give_passkey
from tests.support import attestation
from tests.support.authenticator import Authenticator, note_of, options_of
from tests.support.visitor import ISSUER, Clock, Visitor

SIGN_IN, SET_UP = "/sign-in?next=/profile", "/sign-in/set-up"
NEW_PASSKEY = "/profile/sign-in-methods/passkeys/new"
PASSKEYS_ONLY: dict[str, Any] = {"methods": ["passkey"]}


@pytest.fixture
def hmrc(engine: Engine, now: datetime) -> OrganisationView:
    with transaction(engine) as session:
        return make_organisation(session, now)


@pytest.fixture
def person(engine: Engine, hmrc: OrganisationView, now: datetime) -> UUID:
    """An employee of HMRC whose password is old."""
    with transaction(engine) as session:
        person_id = make_employee(session, now, hmrc).person_id
        set_password(session, person_id, PASSWORD, now - timedelta(days=400), CHEAP)
    return person_id


def decide(engine: Engine, now: datetime, hmrc: OrganisationView, **changes: Any) -> None:
    with transaction(engine) as session:
        make_policy(session, now, hmrc.id, **changes)


def type_password(visitor: Visitor, path: str = SIGN_IN) -> TestResponse:
    return visitor.submit(path, address=ADDRESS, password=PASSWORD)


def sessions_of(engine: Engine, person_id: UUID) -> list[LoginSession]:
    with transaction(engine, writes=False) as session:
        found = select(LoginSession).where(
            col(LoginSession.person_id) == person_id, col(LoginSession.ended_at).is_(None)
        )
        read = list(session.execute(found).scalars())
        session.expunge_all()
    return read


def make_passkey(visitor: Visitor, device: Authenticator, path: str = NEW_PASSKEY) -> TestResponse:
    page = visitor.open(path).text
    return visitor.submit(
        path, page=path, name="Laptop", note=note_of(page), answer=device.create(options_of(page))
    )


def test_without_a_policy_a_password_opens_everything(visitor: Visitor, person: UUID) -> None:
    assert type_password(visitor).location == "/profile"
    assert visitor.open("/profile").status_code == 200


@pytest.mark.looks_at("sign_in/set_up.html")
def test_a_forbidden_password_opens_nothing_but_the_setting_up_of_a_passkey(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    decide(engine, now, hmrc, since=now - timedelta(days=1), **PASSKEYS_ONLY)
    assert type_password(visitor).location == f"{SET_UP}?next=/profile"
    page = visitor.open(f"{SET_UP}?next=/profile").text
    check_page(page)
    assert "Set up a safer way to sign in" in page
    assert visitor.open("/profile").location == f"{SET_UP}?next=/profile"
    assert visitor.open("/profile/sessions").status_code == 302
    device = Authenticator()
    assert make_passkey(visitor, device, f"{NEW_PASSKEY}?next=/profile").location == "/profile"
    confirm = visitor.open(visitor.open("/profile").location)
    assert confirm.status_code == 303
    answered = answer_with(visitor, device.get, confirm.location)
    assert answered.location == "/profile"
    assert visitor.open("/profile").status_code == 200


@pytest.mark.looks_at("sign_in/not_enough.html")
def test_when_the_time_for_setting_up_is_over_a_forbidden_password_opens_nothing(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    decide(engine, now, hmrc, since=now - timedelta(days=31), **PASSKEYS_ONLY)
    with transaction(engine) as session:
        make_contact(session, now, hmrc.id)
    refused = type_password(visitor)
    assert refused.status_code == 403
    check_page(refused.text)
    assert 'href="tel:03001111111"' in refused.text
    assert "a passkey" in refused.text
    assert sessions_of(engine, person) == []
    with transaction(engine, writes=False) as session:
        found = session.execute(select(AuditEntry).where(col(AuditEntry.event) == "sign_in.refused"))
        assert found.scalar_one().details["method"] == "password"


def test_a_passkey_signs_in_whatever_the_policy(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    device = give_passkey(engine, person, now)
    decide(engine, now, hmrc, least_level=PHR, **PASSKEYS_ONLY)
    assert answer_with(visitor, device.get, SIGN_IN).location == "/profile"
    assert visitor.open("/profile").status_code == 200


def test_a_policy_that_comes_into_force_limits_a_session_at_its_next_request(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    type_password(visitor)
    decide(engine, now, hmrc, least_level=MFA)
    assert visitor.open("/profile").location == f"{SET_UP}?next=/profile"


def test_the_sign_in_page_leads_a_limited_session_on_to_setting_up(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    type_password(visitor)
    decide(engine, now, hmrc, **PASSKEYS_ONLY)
    assert visitor.open("/sign-in?next=/authorize").location == f"{SET_UP}?next=/authorize"


def test_a_limited_session_adds_nothing_beside_a_way_in_that_is_accepted(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    type_password(visitor)
    decide(engine, now, hmrc, **PASSKEYS_ONLY)
    assert visitor.open(NEW_PASSKEY).status_code == 200
    give_passkey(engine, person, now)
    for refused in (visitor.open(NEW_PASSKEY), visitor.submit(NEW_PASSKEY, page="/recovery")):
        assert refused.location.startswith(SET_UP)


def test_codes_that_are_not_accepted_cannot_be_set_up(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    type_password(visitor)
    methods = "/profile/sign-in-methods"
    decide(engine, now, hmrc, methods=["passkey", "password"])
    assert visitor.submit(f"{methods}/codes", page=methods).location == methods
    assert "does not accept codes" in visitor.open(methods).text


def test_whoever_has_nothing_that_a_coming_policy_accepts_reads_from_when(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    type_password(visitor)
    decide(engine, now, hmrc, since=now + timedelta(days=10), **PASSKEYS_ONLY)
    pages = ("/profile", "/profile/sign-in-methods")
    for path in pages:
        page = visitor.open(path).text
        check_page(page)
        assert "From 12 March 2026 your organisation does not accept the ways in that you have" in page
    give_passkey(engine, person, now)
    for path in pages:
        assert "your organisation does not accept the ways in" not in visitor.open(path).text


def test_an_invitation_offers_no_password_that_opens_nothing(
    engine: Engine, visitor: Visitor, person: UUID, hmrc: OrganisationView, now: datetime
) -> None:
    decide(engine, now, hmrc, since=now - timedelta(days=400), **PASSKEYS_ONLY)
    with transaction(engine) as session:
        token = invite(
            session, ADDRESS, person, now, InvitationPurpose.FIRST_SIGN_IN, issuer=ISSUER, initiator=INITIATOR
        )
    assert visitor.open(f"/invitation/{token}").location == f"/invitation/{token}/passkey"
    assert visitor.open(f"/invitation/{token}/password").location == f"/invitation/{token}/passkey"
    page = visitor.open(f"/invitation/{token}/passkey").text
    assert "/password" not in page
    made = visitor.submit(
        f"/invitation/{token}/passkey", note=note_of(page), answer=Authenticator().create(options_of(page))
    )
    assert made.status_code == 303
    assert [one.credentials[0].partition(":")[0] for one in sessions_of(engine, person)] == ["passkey"]


class TestModels:
    """A session is as good as the model of the key that proved it is now."""

    def of_key(self, engine: Engine, person: UUID, now: datetime, visitor: Visitor) -> Visitor:
        limits = Limits(timedelta(hours=1), timedelta(hours=8))
        with transaction(engine) as session:
            token = start(
                session, now, person_id=person, limits=limits, amr=HARDWARE_AMR, aaguid=str(attestation.MODEL)
            )
        visitor.client.set_cookie(cookie_name(https=False), token)
        return visitor

    @pytest.mark.parametrize(
        ("accepted", "status"), [(attestation.MODEL, 200), (uuid4(), 302)], ids=["on the list", "struck off"]
    )
    def test_a_model_that_is_struck_off_opens_nothing_more(
        self,
        engine: Engine,
        visitor: Visitor,
        person: UUID,
        hmrc: OrganisationView,
        now: datetime,
        accepted: UUID,
        status: int,
    ) -> None:
        inside = self.of_key(engine, person, now, visitor)
        assert inside.open("/profile").status_code == 200
        decide(engine, now, hmrc, attestation=Attestation.HARDWARE, accepted_aaguids=[str(accepted)])
        assert inside.open("/profile").status_code == status

    def test_what_proved_it_last_counts(
        self, engine: Engine, visitor: Visitor, person: UUID, now: datetime
    ) -> None:
        device = give_passkey(engine, person, now)
        answer_with(visitor, device.get, SIGN_IN)
        with transaction(engine, writes=False) as session:
            model = session.execute(select(Passkey.aaguid)).scalar_one()
        assert [one.aaguid for one in sessions_of(engine, person)] == [model]
        type_password(visitor, SIGN_IN + "&fresh=1")
        assert [one.aaguid for one in sessions_of(engine, person)] == [None]


class TestLimits:
    def test_a_shorter_idle_limit_holds_for_a_session_that_was_begun_before(
        self,
        engine: Engine,
        visitor: Visitor,
        person: UUID,
        hmrc: OrganisationView,
        now: datetime,
        clock: Clock,
    ) -> None:
        type_password(visitor)
        decide(engine, now, hmrc, idle_minutes=10)
        clock.advance(minutes=9)
        assert visitor.open("/profile").status_code == 200
        clock.advance(minutes=10)
        assert visitor.open("/profile").location.startswith("/sign-in?")

    def test_a_shorter_limit_in_any_case_too(
        self,
        engine: Engine,
        visitor: Visitor,
        person: UUID,
        hmrc: OrganisationView,
        now: datetime,
        clock: Clock,
    ) -> None:
        type_password(visitor)
        decide(engine, now, hmrc, absolute_minutes=60)
        for _ in range(3):
            clock.advance(minutes=19)
            assert visitor.open("/profile").status_code == 200
        clock.advance(minutes=3)
        assert visitor.open("/profile").location.startswith("/sign-in?")


class TestSuspension:
    def test_a_suspended_account_is_refused_at_the_next_request_and_at_every_way_in(
        self,
        engine: Engine,
        visitor: Visitor,
        person: UUID,
        hmrc: OrganisationView,
        now: datetime,
        app: Flask,
    ) -> None:
        device = give_passkey(engine, person, now)
        type_password(visitor)
        with transaction(engine) as session:
            officer_id = make_employee(session, now, hmrc, "olu.ade").person_id
            suspend_account(
                session,
                now,
                person_id=person,
                organisation_id=hmrc.id,
                officer_id=officer_id,
                reason="Their laptop was stolen",
            )
        assert visitor.open("/profile").location.startswith("/sign-in?")
        assert "is not right" in type_password(Visitor(app)).text
        assert answer_with(Visitor(app), device.get).status_code == 422

    def test_so_are_the_people_of_a_suspended_organisation_and_of_those_below_it(
        self, engine: Engine, visitor: Visitor, now: datetime
    ) -> None:
        with transaction(engine) as session:
            cabinet = make_organisation(session, now, "CO")
            agency = make_organisation(session, now, "GPA", parent=cabinet)
            person_id = make_employee(session, now, agency).person_id
            # The address is the agency's too, as it is where departments record them.
            set_password(session, person_id, PASSWORD, LONG_AGO, CHEAP)
        address = "priya.patel@gpa.gov.uk"
        assert visitor.submit("/sign-in", address=address, password=PASSWORD).status_code == 303
        with transaction(engine) as session:
            take_address_back(session, now)
            suspend_organisation(
                session, now, organisation_id=cabinet.id, reason="Taken over", initiator=INITIATOR
            )
        assert visitor.open("/profile").location.startswith("/sign-in?")


def take_address_back(session: Any, now: datetime) -> None:
    temporal.end(session, session.execute(select(WorkAddress)).scalar_one(), now, now, PROVENANCE)


def test_each_sign_in_changes_the_token_of_the_session(visitor: Visitor, person: UUID) -> None:
    seen = set()
    for path in ("/sign-in", "/sign-in?fresh=1", "/sign-in?fresh=1"):
        visitor.submit(path, address=ADDRESS, password=PASSWORD)
        seen.add(visitor.cookie("lanyard_session"))
    assert len(seen) == 3
