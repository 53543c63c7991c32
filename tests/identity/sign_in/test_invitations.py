"""One-time links: hashed, of limited life, spent once, replaced by newer ones."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from app.database import transaction
from identity.sign_in import invitations
from identity.sign_in.models import Invitation, InvitationPurpose
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator
from profiles.outbox.models import OutboxMessage
from tests.factories.people import make_person

ADDRESS = "priya.patel@hmrc.gov.uk"


@pytest.fixture
def person_id(session: Session, now: datetime) -> UUID:
    return make_person(session, now, ADDRESS)


def _invite(session: Session, person_id: UUID, now: datetime) -> str:
    return invitations.invite(
        session,
        ADDRESS,
        person_id,
        now,
        InvitationPurpose.ADMINISTRATOR,
        issuer="https://lanyard.example",
        initiator=Initiator.system("test"),
    )


def test_a_link_is_good_for_its_person_until_it_expires(
    session: Session, now: datetime, person_id: UUID
) -> None:
    token = _invite(session, person_id, now)
    found = invitations.find_invitation(session, token, now + timedelta(hours=71, minutes=59))
    assert found is not None
    assert found.person_id == person_id
    assert invitations.find_invitation(session, token, now + timedelta(hours=72)) is None


def test_a_link_is_spent_once(session: Session, now: datetime, person_id: UUID) -> None:
    token = _invite(session, person_id, now)
    assert invitations.spend(session, token, now) == person_id
    assert invitations.spend(session, token, now) is None
    assert invitations.find_invitation(session, token, now) is None


def test_of_many_who_spend_a_link_at_once_one_does(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        token = _invite(session, make_person(session, now, ADDRESS), now)

    def spend(_number: int) -> UUID | None:
        with transaction(engine) as session:
            return invitations.spend(session, token, now)

    with ThreadPoolExecutor(8) as threads:
        spent = list(threads.map(spend, range(16)))
    assert len([one for one in spent if one is not None]) == 1


def test_an_expired_link_cannot_be_spent(session: Session, now: datetime, person_id: UUID) -> None:
    token = _invite(session, person_id, now)
    assert invitations.spend(session, token, now + timedelta(hours=72)) is None


def test_a_newer_link_replaces_the_older(session: Session, now: datetime, person_id: UUID) -> None:
    older = _invite(session, person_id, now)
    newer = _invite(session, person_id, now + timedelta(minutes=1))
    assert invitations.find_invitation(session, older, now + timedelta(minutes=1)) is None
    assert invitations.find_invitation(session, newer, now + timedelta(minutes=1)) is not None


def test_an_unknown_link_is_nobodys(session: Session, now: datetime) -> None:
    assert invitations.find_invitation(session, "unknown", now) is None
    assert invitations.spend(session, "unknown", now) is None


def test_neither_the_database_nor_the_mail_holds_the_link(
    session: Session, now: datetime, person_id: UUID
) -> None:
    token = _invite(session, person_id, now)
    session.flush()
    mail = session.execute(select(OutboxMessage)).scalar_one()
    assert mail.payload["to"] == ADDRESS
    assert token not in str(mail.payload)
    assert token not in session.execute(select(Invitation)).scalar_one().model_dump_json()


def test_making_and_using_a_link_are_audited(session: Session, now: datetime, person_id: UUID) -> None:
    invitations.spend(session, _invite(session, person_id, now), now)
    session.flush()
    entries = session.execute(select(AuditEntry.event).where(AuditEntry.person_id == person_id))
    assert {"invitation.made", "invitation.used"} <= set(entries.scalars())
