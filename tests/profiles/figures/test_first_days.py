"""What counts as right access on the first day, and as access that outlived the move."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from profiles.apps.models import Agreement
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.models import Disclosure
from profiles.figures.first_days import look_at_first_days
from profiles.figures.models import BulkMoveFirstDay, LoanFirstDay, TransferFirstDay
from profiles.figures.outcomes import NO_FIRST_DAYS, first_days, old_uses
from profiles.figures.scope import Period, Scope
from profiles.loans.models import LoanState
from profiles.transfers.service import advance_due
from tests.factories.apps_of_move import AppsOfMove
from tests.factories.bulk_moves import make_moving
from tests.factories.loans import make_lending
from tests.factories.transfers import Move

FRIDAY, MONDAY = datetime(2026, 3, 13, 9, tzinfo=UTC), datetime(2026, 3, 16, 9, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 14, 9, tzinfo=UTC)
OVER = datetime(2026, 3, 23, 9, tzinfo=UTC)


def note(move: Move, event: Event, at: datetime, app_id: UUID | None = None) -> None:
    who = Initiator.person(move.employee)
    append(move.session, event, who, at, person_id=move.employee, app_id=app_id)


def looked_at(move: Move) -> TransferFirstDay:
    move.schedule()
    advance_due(move.session, MONDAY)
    look_at_first_days(move.session, OVER, 20)
    return move.session.exec(select(TransferFirstDay)).one()


def test_who_is_let_in_at_the_first_attempt_had_the_right_access(move: Move, apps: AppsOfMove) -> None:
    note(move, Event.SIGN_IN_FAILED, MONDAY)
    note(move, Event.SIGN_IN_SUCCEEDED, MONDAY + timedelta(minutes=1))
    note(move, Event.APP_OPENED, MONDAY + timedelta(minutes=2), apps.visa_desk.id)
    note(move, Event.APP_REFUSED, MONDAY + timedelta(hours=2), apps.visa_desk.id)
    found = looked_at(move)
    assert found.tried_on == date(2026, 3, 16)
    assert (found.refused, found.kept_out, found.helped, found.old_uses) == (0, False, False, 0)


def test_an_app_of_the_new_post_that_turns_them_away_first_counts(move: Move, apps: AppsOfMove) -> None:
    note(move, Event.APP_REFUSED, MONDAY, apps.visa_desk.id)
    note(move, Event.APP_OPENED, MONDAY + timedelta(hours=1), apps.visa_desk.id)
    assert looked_at(move).refused == 1


def test_an_app_of_the_old_post_turns_them_away_rightly(move: Move, apps: AppsOfMove) -> None:
    note(move, Event.APP_OPENED, FRIDAY, apps.tax_desk.id)
    note(move, Event.APP_REFUSED, MONDAY, apps.tax_desk.id)
    assert looked_at(move).refused == 0


def test_an_unknown_app_that_turns_them_away_counts(move: Move, apps: AppsOfMove) -> None:
    note(move, Event.APP_REFUSED, MONDAY, apps.tax_desk.id)
    assert looked_at(move).refused == 1


def test_the_first_day_is_the_first_on_which_they_try(move: Move, apps: AppsOfMove) -> None:
    note(move, Event.APP_OPENED, MONDAY + timedelta(days=2), apps.visa_desk.id)
    note(move, Event.APP_REFUSED, MONDAY + timedelta(days=3), apps.tax_desk.id)
    found = looked_at(move)
    assert (found.tried_on, found.refused) == (date(2026, 3, 18), 0)


@pytest.mark.parametrize("event", [Event.SIGN_IN_FAILED, Event.SIGN_IN_REFUSED, Event.SIGN_IN_THROTTLED])
def test_who_cannot_sign_in_all_day_is_kept_out(move: Move, event: Event) -> None:
    note(move, event, MONDAY)
    note(move, Event.SIGN_IN_SUCCEEDED, MONDAY + timedelta(days=1))
    assert looked_at(move).kept_out


@pytest.mark.parametrize("event", [Event.RECOVERY_REQUESTED, Event.PROFILE_CHANGED, Event.HELP_ALLOWED])
def test_who_needs_help_did_not_have_it_at_once(move: Move, apps: AppsOfMove, event: Event) -> None:
    note(move, event, MONDAY)
    note(move, Event.APP_OPENED, MONDAY + timedelta(hours=3), apps.visa_desk.id)
    assert looked_at(move).helped


def test_help_that_came_later_does_not_count(move: Move, apps: AppsOfMove) -> None:
    note(move, Event.APP_OPENED, MONDAY, apps.visa_desk.id)
    note(move, Event.PROFILE_CHANGED, MONDAY + timedelta(days=1))
    assert not looked_at(move).helped


def test_an_old_app_that_was_opened_after_leaving_is_found(move: Move, apps: AppsOfMove) -> None:
    note(move, Event.APP_OPENED, FRIDAY, apps.tax_desk.id)
    note(move, Event.APP_OPENED, SATURDAY, apps.tax_desk.id)
    note(move, Event.APP_OPENED, MONDAY, apps.visa_desk.id)
    assert looked_at(move).old_uses == 1


def test_an_old_app_that_was_told_something_after_leaving_is_found(move: Move, apps: AppsOfMove) -> None:
    agreement = move.session.exec(select(Agreement).where(Agreement.app_id == apps.tax_desk.id)).one()
    told = Disclosure(
        person_id=move.employee,
        app_id=apps.tax_desk.id,
        agreement_id=agreement.id,
        claims=["name"],
        claims_digest="digest",
        session_reference="session",
        released_at=SATURDAY,
    )
    move.session.add(told)
    assert looked_at(move).old_uses == 1


def test_a_week_is_waited_for_and_each_is_looked_at_once(move: Move) -> None:
    move.schedule()
    advance_due(move.session, MONDAY)
    assert not look_at_first_days(move.session, OVER - timedelta(days=1), 20)
    assert look_at_first_days(move.session, OVER, 20)
    assert not look_at_first_days(move.session, OVER, 20)
    assert move.session.exec(select(TransferFirstDay)).one().tried_on is None


def test_a_first_day_on_loan_is_looked_at_by_what_wakes_and_sleeps(move: Move, apps: AppsOfMove) -> None:
    note(move, Event.APP_OPENED, FRIDAY, apps.tax_desk.id)
    lending = make_lending(move)
    loan = lending.until(LoanState.ON_LOAN)
    note(move, Event.APP_REFUSED, MONDAY, apps.tax_desk.id)
    note(move, Event.APP_REFUSED, MONDAY, apps.visa_desk.id)
    assert not look_at_first_days(move.session, OVER - timedelta(days=1), 20)
    assert look_at_first_days(move.session, OVER, 20)
    assert not look_at_first_days(move.session, OVER, 20)
    found = move.session.exec(select(LoanFirstDay)).one()
    assert (found.loan_id, found.tried_on, found.refused) == (loan.id, date(2026, 3, 16), 1)
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    [told] = first_days(move.session, Scope({move.home_office.id}), march, OVER)
    assert (told.joined, told.known, told.tried, told.wrong) == (1, 1, 1, 1)
    assert first_days(move.session, Scope({move.hmrc.id}), march, OVER) == [NO_FIRST_DAYS]
    spring = Period(date(2026, 2, 1), date(2026, 4, 30))
    in_march = [NO_FIRST_DAYS, told, NO_FIRST_DAYS]
    assert first_days(move.session, Scope({move.home_office.id}), spring, OVER) == in_march


def test_each_first_day_after_a_bulk_move_is_looked_at_once(engine: Engine, now: datetime) -> None:
    moving = make_moving(engine, now)
    move_id = moving.scheduled()
    moving.now = datetime(2026, 4, 1, 9, tzinfo=UTC)
    moving.work()
    kept_out = moving.people[0]
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    with Session(engine) as session:
        who = Initiator.person(kept_out)
        append(session, Event.SIGN_IN_FAILED, who, moving.now, person_id=kept_out)
        assert not look_at_first_days(session, moving.now + timedelta(days=6), 20)
        over = moving.now + timedelta(days=7)
        assert look_at_first_days(session, over, 2)
        while look_at_first_days(session, over, 20):
            pass
        [joined] = first_days(session, Scope({moving.beis.id}), april, over)
        [found] = session.exec(select(BulkMoveFirstDay).where(col(BulkMoveFirstDay.kept_out).is_(True))).all()
        assert found.member_id == moving.member(move_id, kept_out).id
        assert (joined.known, joined.tried, joined.wrong) == (joined.joined, 1, 1)
        assert joined.joined == len(moving.states(move_id))
        assert first_days(session, Scope({moving.decc.id}), april, over) == [NO_FIRST_DAYS]
        assert old_uses(session, Scope(None), april, over) == 0
