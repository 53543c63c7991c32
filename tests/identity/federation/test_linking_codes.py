"""Codes from HR that say whose a department's account is."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from identity.federation import linking_codes, links
from identity.federation.models import LinkingCode
from profiles.audit.service import Initiator
from profiles.errors import Conflict, NotPermitted
from profiles.organisations.service import OrganisationView
from profiles.outbox.models import OutboxMessage
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.staying import stays

LIFE = timedelta(days=7)


@pytest.fixture
def department(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now)


@pytest.fixture
def priya(session: Session, now: datetime) -> UUID:
    return make_person(session, now)


def issued(session: Session, now: datetime, person_id: UUID, organisation_id: UUID) -> str:
    officer = make_person(session, now, f"officer.{uuid4().hex}@hmrc.gov.uk")
    return linking_codes.issue(
        session, now, person_id=person_id, organisation_id=organisation_id, officer_id=officer, life=LIFE
    )


def test_a_code_says_whose_account_it_is_once_however_it_is_typed(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    code = issued(session, now, priya, department.id)
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o')}"
    assert linking_codes.spend(session, typed, department.id, now, is_moving=stays) == priya
    assert linking_codes.spend(session, code, department.id, now, is_moving=stays) is None


def test_a_code_is_good_for_so_long(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    code = issued(session, now, priya, department.id)
    assert linking_codes.find_expiry(session, priya, now) == now + LIFE
    assert linking_codes.spend(session, code, department.id, now + LIFE, is_moving=stays) is None


def test_a_new_code_replaces_the_one_before(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    first = issued(session, now, priya, department.id)
    issued(session, now, priya, department.id)
    assert linking_codes.spend(session, first, department.id, now, is_moving=stays) is None


def test_hr_of_one_department_says_nothing_of_anothers_accounts(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    code = issued(session, now, priya, department.id)
    elsewhere = make_organisation(session, now, "HO")
    assert linking_codes.spend(session, code, elsewhere.id, now, is_moving=stays) is None
    assert linking_codes.spend(session, code, department.id, now, is_moving=stays) == priya


def test_an_officer_issues_none_for_themselves(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    with pytest.raises(NotPermitted):
        linking_codes.issue(
            session, now, person_id=priya, organisation_id=department.id, officer_id=priya, life=LIFE
        )


def give_account(session: Session, now: datetime, person_id: UUID) -> None:
    links.link(
        session,
        now,
        issuer="https://login.dwp.example",
        subject="account-1",
        realm="",
        person_id=person_id,
        initiator=Initiator.system("test"),
    )


def test_who_has_a_way_in_gets_none_from_one_officer_alone(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    """Else that officer would link an account of their own, and be that person."""
    give_account(session, now, priya)
    with pytest.raises(Conflict):
        issued(session, now, priya, department.id)
    officer, security = (make_person(session, now, f"{name}@hmrc.gov.uk") for name in ("hugo", "sita"))
    given = {"person_id": priya, "organisation_id": department.id, "officer_id": officer, "life": LIFE}
    for not_another in (officer, priya):
        with pytest.raises(NotPermitted):
            linking_codes.issue(session, now, **given, allowed_by=not_another)  # type: ignore[arg-type]
    code = linking_codes.issue(session, now, **given, allowed_by=security)  # type: ignore[arg-type]
    assert linking_codes.spend(session, code, department.id, now, is_moving=stays) == priya


def test_a_beginners_code_is_worth_nothing_once_they_have_a_way_in(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    code = issued(session, now, priya, department.id)
    give_account(session, now, priya)
    assert linking_codes.spend(session, code, department.id, now, is_moving=stays) is None


def test_a_code_made_before_a_move_was_agreed_is_not_good_during_it(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    """Unless a security officer has allowed it; and once the move is over it is as good as it was."""
    code = issued(session, now, priya, department.id)

    def moves(_session: Session, person_id: UUID, at: datetime) -> bool:
        return (person_id, at) == (priya, now)

    with pytest.raises(Conflict, match="security officer must allow this first"):
        linking_codes.spend(session, code, department.id, now, is_moving=moves)
    assert linking_codes.spend(session, code, department.id, now + LIFE, is_moving=moves) is None
    assert linking_codes.spend(session, code, department.id, now, is_moving=stays) == priya
    officer, security = (make_person(session, now, f"{name}@hmrc.gov.uk") for name in ("hugo", "sita"))
    given = {"person_id": priya, "organisation_id": department.id, "officer_id": officer, "life": LIFE}
    allowed = linking_codes.issue(session, now, **given, allowed_by=security)  # type: ignore[arg-type]
    assert linking_codes.spend(session, allowed, department.id, now, is_moving=moves) == priya


def test_neither_the_database_nor_a_mail_holds_the_code(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    code = issued(session, now, priya, department.id)
    kept = session.exec(select(LinkingCode)).one()
    mail = session.exec(select(OutboxMessage)).one()
    assert code not in str(kept.model_dump())
    assert code not in str(mail.payload)
    assert mail.payload["subject"] == "A code for your department's account"


def test_what_expired_is_forgotten(
    session: Session, now: datetime, department: OrganisationView, priya: UUID
) -> None:
    issued(session, now, priya, department.id)
    linking_codes.forget_expired(session, now + LIFE)
    assert session.exec(select(LinkingCode)).all()
    linking_codes.forget_expired(session, now + LIFE + timedelta(minutes=1))
    assert not session.exec(select(LinkingCode)).all()
