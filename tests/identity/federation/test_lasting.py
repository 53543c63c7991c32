"""What still opens an account when its person works for another organisation."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import Session

from identity.federation import links
from identity.federation.lasting import gone, lasting_ways
from identity.sign_in import one_time_codes, passkeys, passwords
from identity.sign_in.models import Passkey, PasswordCredential
from profiles.audit.service import Initiator
from tests.factories.credentials import give_passkey, give_password
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.policies import PHR, PLATFORM, make_policy
from tests.factories.upstreams import make_provider

DAY = timedelta(days=1)


@pytest.fixture
def home_office(session: Session, now: datetime) -> UUID:
    return make_organisation(session, now, "HO").id


@pytest.fixture
def priya(session: Session, now: datetime) -> UUID:
    return make_person(session, now)


def lasting(session: Session, person_id: UUID, organisation_id: UUID, at: datetime) -> list[str]:
    return [one.credential for one in lasting_ways(session, person_id, organisation_id, at, PLATFORM)]


def test_a_passkey_lasts_and_a_password_alone_does_not(
    session: Session, now: datetime, priya: UUID, home_office: UUID
) -> None:
    give_password(session, now, priya, with_codes=False)
    assert lasting(session, priya, home_office, now) == []
    passkey = give_passkey(session, now, priya)
    assert lasting(session, priya, home_office, now) == [passkey]


def test_a_password_lasts_with_codes_where_the_new_organisation_accepts_them(
    session: Session, now: datetime, priya: UUID, home_office: UUID
) -> None:
    password = give_password(session, now, priya, with_codes=True)
    assert lasting(session, priya, home_office, now) == [password]
    make_policy(session, now, home_office, now + DAY, least_level=PHR)
    assert lasting(session, priya, home_office, now) == [password]
    assert lasting(session, priya, home_office, now + DAY) == []


@pytest.mark.parametrize("lost", [{"removed_at": True}, {"locked_at": True}])
def test_a_passkey_that_was_removed_or_locked_does_not_last(
    session: Session, now: datetime, priya: UUID, home_office: UUID, lost: dict[str, bool]
) -> None:
    give_passkey(session, now, priya, **dict.fromkeys(lost, now))
    assert lasting(session, priya, home_office, now) == []


def test_an_account_lasts_at_the_new_organisations_provider_alone(
    session: Session, now: datetime, priya: UUID, home_office: UUID
) -> None:
    hmrc = make_organisation(session, now, "HMRC").id
    for whose, issuer in ((hmrc, "https://login.hmrc.example"), (home_office, "https://login.ho.example")):
        make_provider(session, now, whose, issuer=issuer)
        links.link(
            session,
            now,
            issuer=issuer,
            subject="priya",
            realm="",
            person_id=priya,
            initiator=Initiator.person(priya),
        )
    (found,) = lasting_ways(session, priya, home_office, now, PLATFORM)
    kept = {one.issuer: one.link_id for one in links.accounts_of(session, priya)}
    assert found.credential == f"link:{kept['https://login.ho.example']}"
    make_policy(session, now, home_office, methods=["passkey"])
    assert lasting(session, priya, home_office, now) == []


def test_what_was_named_has_gone_once_it_opens_nothing(session: Session, now: datetime, priya: UUID) -> None:
    sam = make_person(session, now, "sam.okafor@hmrc.gov.uk")
    passkey = give_passkey(session, now, priya)
    password = give_password(session, now, sam, with_codes=True)
    named = [(priya, passkey), (sam, password)]
    assert gone(session, named) == set()
    passkeys.remove(session, priya, UUID(passkey.partition(":")[2]), now)
    assert gone(session, named) == {priya}
    one_time_codes.turn_off(session, sam, now)
    assert gone(session, named) == {priya, sam}


def test_what_its_person_disowned_has_gone(session: Session, now: datetime, priya: UUID) -> None:
    passkey = give_passkey(session, now, priya)
    session.connection().execute(update(Passkey).values(locked_at=now))
    assert gone(session, [(priya, passkey)]) == {priya}
    assert passwords.find_stored(session, priya) is None
    password = give_password(session, now, priya, with_codes=True)
    session.connection().execute(update(PasswordCredential).values(locked_at=now))
    assert gone(session, [(priya, password)]) == {priya}
