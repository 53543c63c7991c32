"""A form that was sent too late: kept for who sent it, for an hour, unreadable at rest."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from identity.keys.encryption import KeyEncryption
from identity.sign_in import kept_forms
from identity.sign_in.kept_forms import GOOD_FOR, LARGEST, MOST, Sent
from identity.sign_in.models import KeptForm
from tests.factories.people import make_person

ENCRYPTION = KeyEncryption([b"k" * 32])
SENT = Sent("/loans/1/end?side=home", [("reason", "Ann is needed £"), ("day", "1"), ("day", "2")])


@pytest.fixture
def person_id(session: Session, now: datetime) -> UUID:
    return make_person(session, now, "ann.lee@hmrc.gov.uk")


def keep(session: Session, person_id: UUID, now: datetime, sent: Sent = SENT) -> str:
    token = kept_forms.keep(session, ENCRYPTION, person_id, sent, now)
    assert token is not None
    return token


def test_who_sent_it_finds_it_as_it_was_for_an_hour(session: Session, person_id: UUID, now: datetime) -> None:
    token = keep(session, person_id, now)
    last = now + GOOD_FOR - timedelta(seconds=1)
    assert kept_forms.find(session, ENCRYPTION, person_id, token, last) == SENT
    assert kept_forms.find(session, ENCRYPTION, person_id, token, now + GOOD_FOR) is None


def test_nobody_else_finds_it(session: Session, person_id: UUID, now: datetime) -> None:
    token = keep(session, person_id, now)
    other = make_person(session, now, "bob.ray@hmrc.gov.uk")
    assert kept_forms.find(session, ENCRYPTION, other, token, now) is None
    assert kept_forms.find(session, ENCRYPTION, person_id, "another", now) is None


def test_neither_what_was_typed_nor_the_token_is_readable_at_rest(
    session: Session, person_id: UUID, now: datetime
) -> None:
    token = keep(session, person_id, now)
    (kept,) = session.exec(select(KeptForm)).all()
    assert b"needed" not in kept.form_encrypted
    assert token not in kept.token_hash


def test_what_is_too_long_is_not_kept(session: Session, person_id: UUID, now: datetime) -> None:
    sent = Sent("/", [("reason", "x" * LARGEST)])
    assert kept_forms.keep(session, ENCRYPTION, person_id, sent, now) is None
    assert session.exec(select(KeptForm)).all() == []


def test_of_one_person_the_newest_are_kept(session: Session, person_id: UUID, now: datetime) -> None:
    other = make_person(session, now, "bob.ray@hmrc.gov.uk")
    of_other = keep(session, other, now)
    tokens = [keep(session, person_id, now + timedelta(seconds=number)) for number in range(MOST + 2)]
    later = now + timedelta(minutes=1)
    found = [kept_forms.find(session, ENCRYPTION, person_id, token, later) for token in tokens]
    assert found == [None, None, *[SENT] * MOST]
    assert kept_forms.find(session, ENCRYPTION, other, of_other, later) == SENT


def test_what_has_expired_is_forgotten(session: Session, person_id: UUID, now: datetime) -> None:
    keep(session, person_id, now)
    kept_forms.forget_expired(session, now + GOOD_FOR - timedelta(seconds=1))
    assert len(session.exec(select(KeptForm)).all()) == 1
    kept_forms.forget_expired(session, now + GOOD_FOR)
    assert session.exec(select(KeptForm)).all() == []
