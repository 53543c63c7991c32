"""With no worker at all, access turns at the two instants of a transfer, at every endpoint."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from app.database import transaction
from identity.clients.service import ClientCredentials
from profiles.disclosure import service as disclosure
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import TERMS, Move
from tests.identity.endpoints.provider import Provider, answer

LEAVE = datetime(2026, 3, 14, tzinfo=UTC)
JOIN = datetime(2026, 3, 16, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def officer(session: Session, provider: Provider, organisation: OrganisationView, name: str) -> UUID:
    person_id = make_employee(session, provider.now, organisation, name).person_id
    give_role(session, provider.now, person_id, Role.HR_OFFICER, organisation.id)
    return person_id


@pytest.fixture
def new_app(provider: Provider) -> ClientCredentials:
    """The Home Office's app; the person's move there from HMRC is scheduled, with a weekend between."""
    with transaction(provider.engine) as session:
        home_office = make_organisation(session, provider.now, "HO")
        app = make_app(session, provider.now, home_office, "Visas")
        make_rule(session, provider.now, app, organisation_id=home_office.id)
        client = provider.register(session, app.id)
        notice = disclosure.notice_needed(session, provider.person_id, app.id, provider.now)
        assert notice is not None
        disclosure.acknowledge_notice(session, provider.person_id, app.id, notice.digest, provider.now)
        move = Move(
            session=session,
            now=provider.now,
            hmrc=provider.organisation,
            home_office=home_office,
            employee=provider.person_id,
            hmrc_officer=officer(session, provider, provider.organisation, "harriet.khan"),
            preparer=officer(session, provider, home_office, "omar.hughes"),
            home_office_officer=officer(session, provider, home_office, "olivia.ward"),
            stranger=provider.person_id,
            terms=replace(TERMS, required_level=None),
        )
        move.schedule(start_date=date(2026, 3, 16), last_day=date(2026, 3, 13))
    return client


def at(provider: Provider, moment: datetime) -> None:
    """Stand at this moment, freshly signed in."""
    provider.clock.now = moment
    provider.sign_in()


def is_let_in(provider: Provider, client: ClientCredentials) -> bool:
    """Whether the app gets a code, asked for without any page."""
    return "code" in answer(provider.authorize(client_id=client.client_id, prompt="none"))


@pytest.mark.parametrize(
    ("moment", "old", "new"),
    [
        (LEAVE - SECOND, True, False),
        (LEAVE, False, False),
        (JOIN - SECOND, False, False),
        (JOIN, False, True),
    ],
    ids=["before leave", "at leave", "before join", "at join"],
)
def test_access_at_each_side_of_an_instant(
    provider: Provider, new_app: ClientCredentials, moment: datetime, old: bool, new: bool
) -> None:
    at(provider, moment)
    assert is_let_in(provider, provider.client) is old
    assert is_let_in(provider, new_app) is new


def test_a_token_given_just_before_does_not_outlive_the_last_day(
    provider: Provider, new_app: ClientCredentials
) -> None:
    at(provider, LEAVE - timedelta(seconds=40))
    tokens = provider.tokens()
    assert tokens["expires_in"] <= 40
    provider.clock.now = LEAVE
    assert provider.userinfo(tokens["access_token"]).status_code == 401


def test_a_code_given_just_before_is_worth_nothing_after(
    provider: Provider, new_app: ClientCredentials
) -> None:
    at(provider, LEAVE - SECOND)
    code = provider.code()
    provider.clock.now = LEAVE
    assert provider.redeem(code).status_code == 400
