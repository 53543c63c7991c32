"""Accounts at departments' providers that open profiles."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session

from identity.federation import links
from identity.federation.errors import LinkTaken
from identity.sign_in.invitations import find_invitation, invite
from identity.sign_in.models import InvitationPurpose
from profiles.audit.service import Initiator
from profiles.errors import NotFound
from tests.factories.people import make_person
from tests.factories.upstreams import ISSUER


@pytest.fixture
def priya(session: Session, now: datetime) -> UUID:
    return make_person(session, now)


@pytest.fixture
def sam(session: Session, now: datetime) -> UUID:
    return make_person(session, now, "sam.okafor@hmrc.gov.uk")


def link(session: Session, now: datetime, person_id: UUID, subject: str = "account-1") -> UUID:
    initiator = Initiator.person(person_id)
    return links.link(
        session, now, issuer=ISSUER, subject=subject, realm="", person_id=person_id, initiator=initiator
    )


def opened_by(session: Session, subject: str) -> UUID | None:
    found = links.find_link(session, ISSUER, subject)
    return found.person_id if found else None


def test_an_account_opens_the_profile_that_it_is_linked_to(
    session: Session, now: datetime, priya: UUID
) -> None:
    link(session, now, priya)
    assert opened_by(session, "account-1") == priya
    assert opened_by(session, "account-2") is None
    assert links.find_link(session, "https://elsewhere.example", "account-1") is None


def test_an_account_opens_one_profile_only(session: Session, now: datetime, priya: UUID, sam: UUID) -> None:
    link(session, now, priya)
    with pytest.raises(LinkTaken):
        link(session, now, sam)
    assert opened_by(session, "account-1") == priya


def test_linking_again_changes_nothing(session: Session, now: datetime, priya: UUID) -> None:
    assert link(session, now, priya) == link(session, now, priya)


def test_a_new_account_at_the_same_provider_takes_the_place_of_the_old(
    session: Session, now: datetime, priya: UUID
) -> None:
    link(session, now, priya, "account-1")
    link(session, now, priya, "account-2")
    assert (opened_by(session, "account-1"), opened_by(session, "account-2")) == (None, priya)


def test_a_wrong_link_can_be_undone_and_the_account_linked_to_the_right_person(
    session: Session, now: datetime, priya: UUID, sam: UUID
) -> None:
    links.end(session, link(session, now, sam), now, "Linked by mistake", initiator=Initiator.person(priya))
    link(session, now, priya)
    assert opened_by(session, "account-1") == priya
    assert links.accounts_of(session, sam) == []


def test_a_person_ends_only_their_own_link(session: Session, now: datetime, priya: UUID, sam: UUID) -> None:
    link_id = link(session, now, priya)
    with pytest.raises(NotFound):
        links.end_own(session, sam, link_id, now)
    links.end_own(session, priya, link_id, now)
    assert opened_by(session, "account-1") is None


def test_an_ended_link_is_used_no_more(session: Session, now: datetime, priya: UUID) -> None:
    link_id = link(session, now, priya)
    assert links.note_use(session, link_id, now)
    links.end_own(session, priya, link_id, now)
    assert not links.note_use(session, link_id, now)


def test_an_invitation_to_begin_ends_with_the_first_account_and_one_for_a_password_does_not(
    session: Session, now: datetime, priya: UUID
) -> None:
    """Whoever made it may have kept it, and would make a passkey beside the person's account."""
    for purpose, still_good in (
        (InvitationPurpose.FIRST_SIGN_IN, False),
        (InvitationPurpose.PASSWORD_RESET, True),
    ):
        token = invite(
            session,
            "priya.patel@hmrc.gov.uk",
            priya,
            now,
            purpose,
            issuer="http://localhost",
            initiator=Initiator.system("test"),
        )
        link(session, now, priya, purpose.value)
        assert (find_invitation(session, token, now) is not None) is still_good
