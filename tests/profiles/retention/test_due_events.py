"""Transfers, releases, requests, changes and imports are due years after they ended; what waits never."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from app.retention.records import RECORDS
from identity.disowning.models import DisownedSession
from profiles.access_policy.models import OPEN_FOR, PolicyChange, PolicyKind, PolicyState
from profiles.access_requests.models import AccessRequest, RequestState
from profiles.apps.models import Agreement
from profiles.columns import new_id
from profiles.concerns.models import Concern, ConcernAbout, ConcernState
from profiles.disclosure.models import Disclosure
from profiles.imports.records.models import Import, ImportPerson, ImportState, Source
from profiles.loads import Load
from profiles.portable_profile.models import Action, ChangeState, RecordChange
from profiles.questions.models import Question
from profiles.retention.due import count_due
from profiles.retention.facts import FACTS
from profiles.retention.models import LegalHold
from profiles.retention.rules import YEARS, RetainedKind, years_before
from profiles.temporal import start_of_day
from profiles.transfers.models import Transfer, TransferState, TransferStep
from tests.factories.apps import make_app
from tests.factories.retained import make_fact
from tests.factories.transfers import Move, make_move

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
ON = date(2026, 3, 2)
DAY = timedelta(days=1)
NO_FACTS = [one for one in RECORDS if one not in FACTS]


@pytest.fixture
def move(session: Session, now: datetime) -> Move:
    return make_move(session, now)


def over(kind: RetainedKind) -> datetime:
    """The last instant at which what is due on the day may have been over."""
    return start_of_day(years_before(ON, YEARS[kind]))


def due(move: Move, organisation_id: UUID, day: date = ON) -> dict[RetainedKind, int]:
    move.session.flush()
    counts = count_due(move.session, NO_FACTS, YEARS, {organisation_id}, day, move.now)
    return {one.kind: one.due for one in counts}


def keep(move: Move, row: Any) -> Any:
    move.session.add(row)
    move.session.flush()
    return row


@pytest.mark.parametrize(
    ("state", "is_due"),
    [
        (TransferState.COMPLETED, True),
        (TransferState.WITHDRAWN, True),
        (TransferState.RECONCILING, False),
        (TransferState.ON_HOLD, False),
    ],
)
def test_a_transfer_is_due_after_its_last_step_at_the_importer(
    move: Move, state: TransferState, is_due: bool
) -> None:
    transfer = move.prepare()
    at = over(RetainedKind.TRANSFER)
    transfer.state, transfer.created_at, transfer.leave_at, transfer.join_at = state, LONG_AGO, at, at
    for step in move.session.exec(select(TransferStep).where(TransferStep.transfer_id == transfer.id)):
        step.at = at
    assert due(move, move.hmrc.id) == {}
    assert due(move, move.home_office.id, ON - DAY) == {}
    assert due(move, move.home_office.id) == ({RetainedKind.TRANSFER: 1} if is_due else {})


def test_a_move_waits_for_the_one_that_reverses_it(move: Move) -> None:
    transfer = move.prepare()
    at = over(RetainedKind.TRANSFER)
    transfer.state, transfer.created_at = TransferState.COMPLETED, LONG_AGO
    transfer.leave_at = transfer.join_at = at
    transfer.in_flight = False
    for step in move.session.exec(select(TransferStep).where(TransferStep.transfer_id == transfer.id)):
        step.at = at
    values = transfer.model_dump(exclude={"id"}) | {"created_at": move.now, "reverses_id": transfer.id}
    back = Transfer(**values)
    move.session.add(back)
    move.session.flush()
    assert due(move, move.home_office.id) == {}
    move.session.delete(back)
    move.session.flush()
    assert due(move, move.home_office.id) == {RetainedKind.TRANSFER: 1}


def test_a_release_is_kept_while_somebody_asks_about_it(move: Move) -> None:
    app = make_app(move.session, move.now, move.hmrc)
    agreement_id = move.session.exec(select(Agreement.id).where(Agreement.app_id == app.id)).one()
    at = over(RetainedKind.RELEASE)
    release = keep(
        move,
        Disclosure(
            person_id=move.employee,
            app_id=app.id,
            agreement_id=agreement_id,
            claims=["name"],
            claims_digest="1",
            session_reference="1",
            released_at=at,
        ),
    )
    assert due(move, move.hmrc.id, ON - DAY) == {}
    assert due(move, move.hmrc.id) == {RetainedKind.RELEASE: 1}
    question = keep(
        move,
        Question(
            disclosure_id=release.id,
            person_id=move.employee,
            organisation_id=move.hmrc.id,
            words="Why?",
            asked_at=at,
            answer_by=ON,
        ),
    )
    assert due(move, move.hmrc.id) == {}
    question.answered_at = at + DAY
    assert due(move, move.hmrc.id) == {}
    assert due(move, move.hmrc.id, ON + DAY) == {RetainedKind.RELEASE: 1}


@pytest.mark.parametrize(
    ("state", "is_due"),
    [
        (RequestState.REFUSED, True),
        (RequestState.EXPIRED, True),
        (RequestState.ASKED, False),
        (RequestState.READY, False),
    ],
)
def test_a_request_is_due_after_its_answer(move: Move, state: RequestState, is_due: bool) -> None:
    keep(
        move,
        AccessRequest(
            person_id=move.employee,
            organisation_id=move.hmrc.id,
            is_lead=True,
            state=state,
            asked_at=LONG_AGO,
            due_on=ON,
            decided_at=LONG_AGO,
            expires_at=over(RetainedKind.REQUEST),
        ),
    )
    assert due(move, move.hmrc.id, ON - DAY) == {}
    assert due(move, move.hmrc.id) == ({RetainedKind.REQUEST: 1} if is_due else {})


@pytest.mark.parametrize("state", list(ConcernState))
def test_what_somebody_said_is_wrong_is_due_after_the_answer(move: Move, state: ConcernState) -> None:
    waits = state is ConcernState.RAISED
    keep(
        move,
        Concern(
            person_id=move.employee,
            organisation_id=move.hmrc.id,
            about=ConcernAbout.COMPLAINT,
            words="Too slow.",
            state=state,
            raised_at=LONG_AGO,
            answer_by=ON,
            decided_at=None if waits else over(RetainedKind.REQUEST),
        ),
    )
    assert due(move, move.hmrc.id, ON - DAY) == {}
    assert due(move, move.home_office.id) == {}
    assert due(move, move.hmrc.id) == ({} if waits else {RetainedKind.REQUEST: 1})


@pytest.mark.parametrize("state", list(ChangeState))
def test_a_change_is_due_after_the_decision(move: Move, state: ChangeState) -> None:
    keep(
        move,
        RecordChange(
            person_id=move.employee,
            organisation_id=move.hmrc.id,
            kind="posting",
            action=Action.END,
            content={},
            source="page",
            reason="Left",
            state=state,
            proposed_by=move.hmrc_officer,
            proposed_at=LONG_AGO,
            decided_at=over(RetainedKind.CHANGE),
        ),
    )
    assert due(move, move.hmrc.id, ON - DAY) == {}
    assert due(move, move.hmrc.id) == ({} if state is ChangeState.WAITING else {RetainedKind.CHANGE: 1})


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_reported_sign_in_is_due_after_it_was_closed(move: Move, is_closed: bool) -> None:
    keep(
        move,
        DisownedSession(
            session_id=new_id(),
            person_id=move.employee,
            organisation_id=move.hmrc.id,
            browser="Firefox",
            signed_in_at=LONG_AGO,
            credentials=[],
            by_mail=False,
            reported_at=LONG_AGO,
            closed_at=over(RetainedKind.RECOVERY) if is_closed else None,
        ),
    )
    assert due(move, move.hmrc.id, ON - DAY) == {}
    assert due(move, move.hmrc.id) == ({RetainedKind.RECOVERY: 1} if is_closed else {})


def test_nobody_elses_records_are_counted(move: Move) -> None:
    transfer = move.prepare()
    transfer.state, transfer.created_at = TransferState.WITHDRAWN, LONG_AGO
    for step in move.session.exec(select(TransferStep)):
        step.at = LONG_AGO
    assert move.session.exec(select(Transfer).where(col(Transfer.id) == transfer.id)).one()
    assert due(move, new_id()) == {}


@pytest.mark.parametrize("kind", [None, RetainedKind.PAY])
@pytest.mark.parametrize(
    "state", [ImportState.REFUSED, ImportState.REJECTED, ImportState.WITHDRAWN, ImportState.PUBLISHED]
)
def test_an_import_is_kept_while_anybody_in_it_is_held(
    move: Move, kind: RetainedKind | None, state: ImportState
) -> None:
    """Its files and reports say everything of a person, so a hold of one kind keeps them too."""
    source = keep(move, Source(organisation_id=move.hmrc.id, name="hr"))
    load = keep(
        move,
        Load(
            organisation_id=move.hmrc.id,
            kind="records",
            content_hash="1",
            rows_total=1,
            started_at=LONG_AGO,
            published_at=LONG_AGO,
        ),
    )
    ended = keep(
        move,
        Import(
            organisation_id=move.hmrc.id,
            source_id=source.id,
            state=state,
            content_hash="1",
            started_at=LONG_AGO,
            ended_at=over(RetainedKind.IMPORT),
            load_id=load.id,
        ),
    )
    for person_id in (move.employee, move.stranger):
        if state is not ImportState.PUBLISHED:
            keep(move, ImportPerson(import_id=ended.id, person_id=person_id))
        else:
            lasts = make_fact(
                move.session, "work_phones", person_id, move.hmrc.id, LONG_AGO, None, load_id=load.id
            )
            assert lasts.load_id == load.id
    assert due(move, move.hmrc.id) == {RetainedKind.IMPORT: 1}
    hold = keep(
        move,
        LegalHold(
            person_id=move.employee,
            organisation_id=move.home_office.id,
            kind=kind,
            reason="Claim 7",
            placed_by=move.hmrc_officer,
            placed_at=move.now,
        ),
    )
    assert due(move, move.hmrc.id) == {}
    hold.lifted_at = move.now
    assert due(move, move.hmrc.id) == {RetainedKind.IMPORT: 1}


@pytest.mark.parametrize(("late", "is_due"), [(timedelta(0), 1), (timedelta(microseconds=1), 0)])
def test_a_change_that_nobody_decided_on_is_over_when_it_cannot_be_approved_any_more(
    move: Move, late: timedelta, is_due: int
) -> None:
    asked = over(RetainedKind.CHANGE) - OPEN_FOR + late
    said = {"kind": PolicyKind.ROLE, "content": {}, "reason": "Leave", "people": 0}
    keep(
        move,
        PolicyChange(
            organisation_id=move.hmrc.id,
            person_id=move.employee,
            state=PolicyState.WAITING,
            proposed_by=move.hmrc_officer,
            proposed_at=asked,
            **said,
        ),
    )
    assert due(move, move.hmrc.id).get(RetainedKind.CHANGE, 0) == is_due
