"""Lists and pages go on naming somebody whose record has become part of another's."""

from datetime import datetime, timedelta

from flask import Flask
from sqlmodel import Session

from app.database import open_session
from app.listed_names import known_name
from profiles.access_requests.models import AccessRequest, RequestState
from profiles.people.models import PersonName
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.retention import holds
from profiles.retention.models import Deletion, DeletionState
from profiles.roles.models import Role
from profiles.temporal import Provenance, civil_date, current, end
from tests.app.page_checks import check_page
from tests.factories.merges import Twins, make_twins
from tests.factories.people import give_role, make_person
from tests.support.signed_in import sign_in

DAY = timedelta(days=1)


def keep_of_the_other(twins: Twins, now: datetime) -> Deletion:
    """What names somebody who was merged, as who it is about or as an officer."""
    ours = {"organisation_id": twins.hmrc.id}
    deletion = Deletion(
        **ours,
        due_on=civil_date(now),
        years={},
        expected={},
        state=DeletionState.WAITING,
        proposed_by=twins.other,
        proposed_at=now,
    )
    twins.session.add_all(
        [
            deletion,
            AccessRequest(
                **ours,
                person_id=twins.other,
                is_lead=True,
                state=RequestState.ASKED,
                asked_at=now,
                due_on=civil_date(now + 30 * DAY),
            ),
            RecordChange(
                **ours,
                person_id=twins.second,
                kind="posting",
                action=Action.CORRECT,
                content={},
                source="letter",
                reason="Entered wrongly",
                state=ChangeState.WAITING,
                proposed_by=twins.other,
                proposed_at=now,
            ),
        ]
    )
    held = holds.place(
        twins.session,
        now,
        person_id=twins.survivor,
        organisation_id=twins.hmrc.id,
        kind=None,
        reason="Claim 7",
        officer_id=twins.asks,
    )
    held.person_id = held.placed_by = twins.other
    return deletion


def test_no_list_is_lost_for_somebody_who_is_part_of_another(app: Flask, now: datetime) -> None:
    with open_session(app.extensions["engine"], writes=True) as session:
        twins = make_twins(session, now - DAY)
        twins.merge(now - timedelta(hours=1))
        deletion = keep_of_the_other(twins, now - timedelta(minutes=30))
        officer = make_person(session, now - DAY, "dora.data@hmrc.gov.uk")
        give_role(session, now - DAY, officer, Role.DATA_PROTECTION_OFFICER, twins.hmrc.id)
        session.commit()
        reads, asks, deletion_id = sign_in(app, officer), sign_in(app, twins.asks), deletion.id
    for visitor, path in (
        (reads, "/data-protection/requests"),
        (reads, "/data-protection/holds"),
        (reads, f"/data-protection/deletions/{deletion_id}"),
        (asks, "/people/changes"),
    ):
        page = visitor.open(path)
        assert page.status_code == 200, path
        check_page(page.text)
        assert "Priya Patel" in page.text, path


def test_who_has_no_name_now_is_called_by_the_last(session: Session, now: datetime) -> None:
    person_id = make_person(session, now - DAY, "ann.other@hmrc.gov.uk")
    [held] = current(session, PersonName, now, now, person_id=person_id)
    called = known_name(session, person_id, now)
    end(session, held, held.valid_from, now, Provenance(None, "test", "a step"))
    assert not current(session, PersonName, now, now, person_id=person_id)
    assert known_name(session, person_id, now) == called
