"""What is not a person's when an organisation ends: apps and what waits about them, providers, roles."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from identity.federation import links
from identity.federation.models import UpstreamLink, UpstreamProvider
from identity.sign_in.models import PasswordCredential
from profiles.access_policy.models import RequestState, RoleRequest
from profiles.access_requests.models import AccessRequest
from profiles.access_requests.models import RequestState as AccessState
from profiles.bulk_moves.closing import Remaining, remaining
from profiles.bulk_moves.models import MemberState, Reason
from profiles.bulk_moves.proposed_roles import ProposedRole, proposed_roles
from profiles.bulk_moves.steps import get
from profiles.errors import Invalid
from profiles.organisations import service as organisations
from profiles.organisations.models import Team, TeamContact
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import civil_date, current, record, start_of_day
from tests.factories.apps import make_app
from tests.factories.bulk_moves import START, Moving
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.upstreams import ISSUER, make_provider

T = start_of_day(START)
MORNING = T + timedelta(hours=9)


def link_account(session: Session, moving: Moving, person_id: UUID, subject: str) -> UUID:
    """An account at the department's provider is the only way in that somebody has."""
    session.execute(delete(PasswordCredential).where(col(PasswordCredential.person_id) == person_id))
    asked = {"issuer": ISSUER, "subject": subject, "realm": "", "person_id": person_id}
    return links.link(session, moving.now, **asked, initiator=INITIATOR)


def exists_at(moving: Moving, organisation_id: UUID) -> bool:
    tomorrow = MORNING + timedelta(days=1)
    with open_session(moving.engine, writes=False) as session:
        return organisation_id in organisations.tree(session, tomorrow, moving.now).organisations


def test_a_provider_that_goes_along_is_a_way_in_and_the_successors_from_the_day_on(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        provider_id = make_provider(session, moving.now, moving.decc.id).id
        account = link_account(session, moving, one, "account-1")
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        # Somebody stays, so that the old organisation goes on.
        record(
            session, AccountSuspension(person_id=moving.people[1], organisation_id=moving.decc.id, **stamp)
        )
    move_id = moving.scheduled(ends_exporter=True, providers_go_along=True)
    assert moving.states(move_id)[one] is MemberState.SCHEDULED
    moving.now = T + timedelta(minutes=1)
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        owner = session.exec(
            select(UpstreamProvider.organisation_id).where(UpstreamProvider.id == provider_id)
        ).one()
        [link] = session.exec(select(UpstreamLink).where(UpstreamLink.id == account)).all()
        assert owner == moving.beis.id
        assert exists_at(moving, moving.decc.id)
        assert links.still_vouched(session, account, moving.now)
        assert not links.is_parked(session, link, moving.now)


def test_without_it_an_account_there_is_no_way_in(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        make_provider(session, moving.now, moving.decc.id)
        link_account(session, moving, one, "account-1")
    move_id = moving.scheduled(ends_exporter=True)
    assert moving.member(move_id, one).reason is Reason.SIGN_IN


def test_accounts_of_those_who_had_left_do_not_come_back_with_the_provider(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        make_provider(session, moving.now, moving.decc.id)
        elsewhere = make_employee(session, moving.now, moving.beis, "lee.left").person_id
        gone = link_account(session, moving, elsewhere, "account-2")
    moving.scheduled(ends_exporter=True, providers_go_along=True)
    moving.now = T + timedelta(minutes=1)
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        assert not links.still_vouched(session, gone, moving.now)
        assert links.find_link(session, ISSUER, "account-2") is None


def test_a_provider_goes_along_only_where_the_organisation_ends(moving: Moving) -> None:
    with pytest.raises(Invalid) as refused:
        moving.draft(providers_go_along=True)
    assert refused.value.field == "providers_go_along"


def test_a_provider_that_was_not_asked_for_is_the_successors_when_the_organisation_has_ended(
    moving: Moving,
) -> None:
    with transaction(moving.engine) as session:
        provider_id = make_provider(session, moving.now, moving.decc.id).id
    moving.scheduled(ends_exporter=True)
    moving.now = MORNING
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        owner = select(UpstreamProvider.organisation_id).where(UpstreamProvider.id == provider_id)
        assert session.exec(owner).one() == moving.beis.id


def test_what_waits_about_its_apps_waits_for_the_successors_officers(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        app = make_app(session, moving.now, moving.decc)
        request = RoleRequest(
            person_id=moving.beis_officer,
            app_id=app.id,
            organisation_id=moving.decc.id,
            role_name="caseworker",
            first_day=START,
            last_day=START + timedelta(days=30),
            reason="Needed",
            asked_at=moving.now,
            expires_at=moving.now + timedelta(days=60),
            state=RequestState.OPEN,
        )
        contact = TeamContact(
            organisation_id=moving.decc.id,
            team=Team.HR,
            phone="020 7946 0000",
            **PROVENANCE.stamp(moving.now, LONG_AGO),
        )
        session.add(request)
        record(session, contact)
        request_id = request.id
    moving.scheduled(ends_exporter=True)
    moving.now = MORNING
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        waits_at = select(RoleRequest.organisation_id).where(RoleRequest.id == request_id)
        assert session.exec(waits_at).one() == moving.beis.id
        later = MORNING + timedelta(days=1)
        assert current(session, TeamContact, later, moving.now, organisation_id=moving.decc.id) == []


def test_it_goes_on_while_somebody_waits_for_an_answer_of_it(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        asked = AccessRequest(
            person_id=moving.people[0],
            organisation_id=moving.decc.id,
            is_lead=True,
            state=AccessState.ASKED,
            asked_at=moving.now,
            due_on=civil_date(moving.now + timedelta(days=30)),
        )
        session.add(asked)
        request_id = asked.id
    move_id = moving.scheduled(ends_exporter=True)
    moving.now = MORNING
    moving.work()
    assert exists_at(moving, moving.decc.id)
    with transaction(moving.engine) as session:
        assert remaining(session, get(session, move_id).exporting_organisation_id, moving.now) == [
            Remaining.ACCESS_REQUESTS
        ]
        answered = session.get(AccessRequest, request_id)
        assert answered is not None
        answered.state = AccessState.READY
        session.add(answered)
    moving.now += timedelta(minutes=11)
    moving.work()
    assert not exists_at(moving, moving.decc.id)


def test_roles_are_proposed_to_the_successor_and_given_by_nobody_but_its_administrators(
    moving: Moving,
) -> None:
    with transaction(moving.engine) as session:
        administrator = make_employee(session, moving.now, moving.beis, "ada.administers").person_id
        give_role(session, moving.now, administrator, Role.ORGANISATION_ADMINISTRATOR, moving.beis.id)
    move_id = moving.scheduled()

    def proposed() -> list[ProposedRole]:
        with open_session(moving.engine, writes=False) as session:
            return proposed_roles(session, get(session, move_id), moving.now)

    assert {(one.person_id, one.role, one.given) for one in proposed()} == {
        (moving.preparer, Role.HR_OFFICER, False),
        (moving.decc_officer, Role.HR_OFFICER, False),
    }
    with open_session(moving.engine, writes=False) as session:
        told = select(OutboxMessage.person_id).where(col(OutboxMessage.reason).startswith("People who come"))
        assert session.exec(told).all() == [administrator]
    moving.now = MORNING
    moving.work()
    assert not any(one.given for one in proposed())
    with transaction(moving.engine) as session:
        give_role(session, moving.now, moving.preparer, Role.HR_OFFICER, moving.beis.id)
    assert {one.person_id for one in proposed() if one.given} == {moving.preparer}
