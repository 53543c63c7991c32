"""Who holds a permission at an organisation."""

from datetime import datetime, timedelta

from sqlmodel import Session

from profiles.roles import service
from profiles.roles.models import Role
from profiles.roles.permissions import Permission
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_person


def test_officers_of_the_organisation_and_of_one_above_that_include_it_are_found(
    session: Session, now: datetime
) -> None:
    above = make_organisation(session, now, "HMRC")
    below = make_organisation(session, now, "VOA", parent=above)
    names = ("ours.a", "whole.b", "above.c", "auditor.d")
    ours, whole, only_above, auditor = (make_person(session, now, f"{name}@hmrc.gov.uk") for name in names)
    give_role(session, now, ours, Role.HR_OFFICER, below.id)
    give_role(session, now, only_above, Role.HR_OFFICER, above.id)
    give_role(session, now, auditor, Role.AUDITOR, below.id)
    service.assign(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=whole,
        role=Role.HR_OFFICER,
        organisation_id=above.id,
        valid_from=LONG_AGO,
        include_subtree=True,
    )
    assert set(service.who_may(session, Permission.APPROVE_TRANSFER, below.id, now)) == {ours, whole}


def test_a_role_that_has_ended_counts_no_more(session: Session, now: datetime) -> None:
    organisation = make_organisation(session, now)
    service.assign(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=make_person(session, now),
        role=Role.HR_OFFICER,
        organisation_id=organisation.id,
        valid_from=LONG_AGO,
        valid_to=now - timedelta(days=1),
    )
    assert service.who_may(session, Permission.APPROVE_TRANSFER, organisation.id, now) == []
