"""What organisations publish of their teams: a team's, their own, and told to security."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.errors import Invalid
from profiles.organisations.models import TeamContact
from profiles.organisations.service import OrganisationView
from profiles.outbox.models import OutboxMessage
from profiles.people.contact import give_phone
from profiles.roles.models import Role
from profiles.sign_in.contacts import Reached, Team, find_contact, find_contact_for, find_own, publish
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee, make_person

PUBLISHED = Reached("0300 123 4567", "hr@hmrc.gov.uk", "https://intranet.hmrc.gov.uk/hr")


@pytest.fixture
def hmrc(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now)


def say(session: Session, now: datetime, organisation: OrganisationView, by: Reached, **what: Any) -> None:
    chosen = {"team": Team.HR, "person_id": None} | what
    person_id = chosen["person_id"] or make_person(session, now, f"admin.{now:%H%M%S%f}@hmrc.gov.uk")
    publish(
        session,
        now,
        organisation_id=organisation.id,
        team=chosen["team"],
        unverified=by,
        person_id=person_id,
    )


def test_what_is_published_is_told_by_the_name_of_who_publishes_it(
    session: Session, now: datetime, hmrc: OrganisationView
) -> None:
    say(session, now, hmrc, PUBLISHED)
    found = find_contact(session, hmrc.id, Team.HR, now)
    assert found is not None
    assert (found.organisation_name, found.by, found.by.dialled) == (hmrc.name, PUBLISHED, "03001234567")
    assert find_contact(session, hmrc.id, Team.SECURITY, now) is None


def test_the_nearest_above_speaks_for_who_publishes_nothing(session: Session, now: datetime) -> None:
    above = make_organisation(session, now, "HMRC")
    below = make_organisation(session, now, "VOA", parent=above)
    say(session, now, above, PUBLISHED)
    person_id = make_employee(session, now, below).person_id
    assert find_contact_for(session, person_id, Team.HR, now) == find_contact(session, above.id, Team.HR, now)
    assert find_own(session, below.id, Team.HR, now) is None
    own = Reached(phone="0300 999")
    say(session, now + timedelta(seconds=1), below, own)
    found = find_contact_for(session, person_id, Team.HR, now + timedelta(seconds=1))
    assert found is not None
    assert found.by == own


def test_a_change_is_another_fact_and_nothing_left_publishes_nothing(
    session: Session, now: datetime, hmrc: OrganisationView
) -> None:
    later = now + timedelta(hours=1)
    say(session, now, hmrc, PUBLISHED)
    say(session, later, hmrc, Reached(phone="0300 765 4321"))
    say(session, later + timedelta(hours=1), hmrc, Reached())
    assert find_own(session, hmrc.id, Team.HR, now) == PUBLISHED
    assert find_own(session, hmrc.id, Team.HR, later) == Reached(phone="0300 765 4321")
    assert find_own(session, hmrc.id, Team.HR, later + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("by", "field"),
    [
        (Reached(phone="ring me"), "phone"),
        (Reached(phone="12"), "phone"),
        (Reached(phone="+44 7700 900123<script>"), "phone"),
        (Reached(phone="020 7946 0123"), "phone"),
        (Reached(email="hr"), "email"),
        (Reached(email="hr@gmail.com"), "email"),
        (Reached(email="hr@hmrc.gov.uk.attacker.example"), "email"),
        (Reached(email="priya.patel@hmrc.gov.uk"), "email"),
        (Reached(web_page="http://intranet.hmrc.gov.uk/"), "web_page"),
        (Reached(web_page="javascript:alert(1)"), "web_page"),
        (Reached(web_page="https://user@hmrc.gov.uk/"), "web_page"),
        (Reached(web_page="https://[/"), "web_page"),
        (Reached(web_page="https://hmrc.gov.uk/a b"), "web_page"),
    ],
)
def test_what_is_no_teams_or_not_theirs_is_refused_by_name(
    session: Session, now: datetime, hmrc: OrganisationView, by: Reached, field: str
) -> None:
    """Priya's own number and address are nobody's team's."""
    person_id = make_employee(session, now, hmrc).person_id
    give_phone(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        organisation_id=hmrc.id,
        unverified_number="+442079460123",
        valid_from=LONG_AGO,
    )
    with pytest.raises(Invalid) as refused:
        say(session, now, hmrc, by)
    assert refused.value.field == field
    assert session.exec(select(TeamContact)).all() == []


def test_security_officers_are_told_and_it_is_audited(
    session: Session, now: datetime, hmrc: OrganisationView
) -> None:
    officer = make_employee(session, now, hmrc, "sam.secure").person_id
    give_role(session, now, officer, Role.SECURITY_OFFICER, hmrc.id)
    say(session, now, hmrc, PUBLISHED)
    (mail,) = session.exec(select(OutboxMessage)).all()
    assert "sam.secure@hmrc.gov.uk" in str(mail.model_dump())
    assert "0300 123 4567" in str(mail.model_dump())
    entries = select(AuditEntry).where(col(AuditEntry.event) == Event.TEAM_CONTACT_PUBLISHED)
    assert len(session.exec(entries).all()) == 1
    say(session, now + timedelta(seconds=1), hmrc, PUBLISHED)
    assert len(session.exec(entries).all()) == 1, "the same again is no change"
