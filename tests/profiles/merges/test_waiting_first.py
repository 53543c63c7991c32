"""What waits about one of two records is decided first: it would be of neither after a union."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.access_policy.models import PolicyChange, PolicyKind, PolicyState, RoleRequest
from profiles.access_policy.models import RequestState as RoleState
from profiles.access_requests.models import AccessRequest
from profiles.access_requests.models import RequestState as AccessState
from profiles.apps.models import Agreement
from profiles.concerns.models import Concern, ConcernAbout
from profiles.disclosure.models import Disclosure
from profiles.errors import Conflict
from profiles.imports.records.models import PossibleDuplicate, Source
from profiles.loads import Load
from profiles.portable_profile import changes
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.questions.models import Question
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import civil_date, record
from tests.factories.apps import make_app
from tests.factories.merges import Twins
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_employee

DAY = timedelta(days=1)
Waits = Callable[[Twins, UUID, datetime], None]


def access_request(twins: Twins, person_id: UUID, at: datetime) -> None:
    twins.session.add(
        AccessRequest(
            person_id=person_id,
            organisation_id=twins.hmrc.id,
            is_lead=True,
            state=AccessState.ASKED,
            asked_at=at,
            due_on=civil_date(at + 30 * DAY),
        )
    )


def question(twins: Twins, person_id: UUID, at: datetime) -> None:
    app = make_app(twins.session, at, twins.hmrc)
    agreement_id = twins.session.exec(select(Agreement.id).where(Agreement.app_id == app.id)).one()
    told = Disclosure(
        person_id=person_id,
        app_id=app.id,
        agreement_id=agreement_id,
        claims=["name"],
        claims_digest="1",
        session_reference="1",
        released_at=at,
    )
    twins.session.add(told)
    twins.session.flush()
    twins.session.add(
        Question(
            disclosure_id=told.id,
            person_id=person_id,
            organisation_id=twins.hmrc.id,
            words="Why?",
            asked_at=at,
            answer_by=civil_date(at + 30 * DAY),
        )
    )


def concern(twins: Twins, person_id: UUID, at: datetime) -> None:
    twins.session.add(
        Concern(
            person_id=person_id,
            organisation_id=twins.hmrc.id,
            about=ConcernAbout.MISSING,
            words="My second job.",
            raised_at=at,
            answer_by=civil_date(at + 30 * DAY),
        )
    )


def record_change(twins: Twins, person_id: UUID, at: datetime) -> None:
    twins.session.add(
        RecordChange(
            person_id=person_id,
            organisation_id=twins.hmrc.id,
            kind="posting",
            action=Action.CORRECT,
            content={},
            source="letter",
            reason="Entered wrongly",
            state=ChangeState.WAITING,
            proposed_by=twins.asks,
            proposed_at=at,
        )
    )


def grant(twins: Twins, person_id: UUID, at: datetime) -> None:
    twins.session.add(
        PolicyChange(
            kind=PolicyKind.GRANT,
            organisation_id=twins.hmrc.id,
            person_id=person_id,
            content={},
            reason="Needed",
            people=1,
            state=PolicyState.WAITING,
            proposed_by=twins.asks,
            proposed_at=at,
        )
    )


def role_request(twins: Twins, person_id: UUID, at: datetime) -> None:
    twins.session.add(
        RoleRequest(
            person_id=person_id,
            app_id=make_app(twins.session, at, twins.hmrc).id,
            organisation_id=twins.hmrc.id,
            role_name="reader",
            first_day=civil_date(at),
            last_day=civil_date(at + DAY),
            reason="Needed",
            asked_at=at,
            expires_at=at + 30 * DAY,
            state=RoleState.OPEN,
        )
    )


def possible_duplicate(twins: Twins, person_id: UUID, at: datetime) -> None:
    source = Source(organisation_id=twins.hmrc.id, name="payroll")
    load = Load(organisation_id=twins.hmrc.id, kind="records", content_hash="1", rows_total=1, started_at=at)
    twins.session.add_all([source, load])
    twins.session.flush()
    twins.session.add(
        PossibleDuplicate(
            organisation_id=twins.hmrc.id,
            source_id=source.id,
            source_key="7",
            candidate_id=person_id,
            load_id=load.id,
            reasons=["name"],
            name="Priya Patel",
            found_at=at,
        )
    )


@pytest.mark.parametrize(
    ("waits", "why"),
    [
        (access_request, "Data protection officers must settle"),
        (question, "Data protection officers must settle"),
        (concern, "says is wrong waits"),
        (record_change, "waits for a second officer"),
        (grant, "role that is to be"),
        (role_request, "role that is to be"),
        (possible_duplicate, "An import asks"),
    ],
)
def test_what_waits_about_either_stands_in_the_way(
    twins: Twins, now: datetime, waits: Waits, why: str
) -> None:
    request = twins.propose(now)
    for person_id in (twins.survivor, twins.other):
        with twins.session.begin_nested() as savepoint:
            waits(twins, person_id, now)
            twins.session.flush()
            with pytest.raises(Conflict, match=why):
                twins.agree(request, now)
            savepoint.rollback()
        twins.session.expire_all()
    twins.agree(request, now)


def test_one_who_is_deputy_of_both_stands_in_the_way_and_hr_learn_what_to_end(
    twins: Twins, now: datetime
) -> None:
    deputy = make_employee(twins.session, now, twins.hmrc, "dana.deputy").person_id
    for officer in (twins.survivor, twins.other):
        held = RoleAssignment(
            person_id=deputy,
            role=Role.HR_OFFICER,
            organisation_id=twins.hmrc.id,
            deputy_of=officer,
            **PROVENANCE.stamp(now, now, now + 10 * DAY),
        )
        record(twins.session, held)
    request = twins.propose(now)
    with pytest.raises(Conflict, match="deputy of both"):
        twins.agree(request, now)


@pytest.mark.parametrize("expired", [role_request, grant])
def test_a_role_that_nobody_answered_in_time_does_not(twins: Twins, now: datetime, expired: Waits) -> None:
    expired(twins, twins.other, now - 31 * DAY)
    twins.merge(now)


def test_a_change_of_what_is_part_of_another_record_is_not_approved(twins: Twins, now: datetime) -> None:
    twins.merge(now)
    record_change(twins, twins.other, now)
    twins.session.flush()
    [change] = changes.waiting(twins.session, {twins.hmrc.id}, {Kind.POSTING})
    with pytest.raises(Conflict, match="part of another"):
        changes.decide(twins.session, change, now, twins.second, approved=True)
    changes.decide(twins.session, change, now, twins.second, approved=False)
    assert change.state is ChangeState.REFUSED
