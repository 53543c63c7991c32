"""Somebody who comes back reads the terms and accepts them before a second officer decides."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from profiles.appointments import accepting, reminding, service
from profiles.appointments.models import Appointment, AppointmentState
from profiles.employments.models import Employment
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.temporal import current, start_of_day
from profiles.transfers.timetable import Timetable
from tests.factories.move_invitations import ADDRESS, accept, confirm
from tests.factories.returners import STARTS, WHERE, accepted, approve, asked, by, invite_back, link_to
from tests.factories.transfers import Move


@pytest.fixture
def offered(move: Move) -> Appointment:
    """One of which the person has the mail."""
    invitation = confirm(move, accept(move, invite_back(move)))
    return service.prepare(move.session, move.now, link_to=link_to, **asked(move, invitation.id))


def mails(move: Move) -> list[tuple[str, str, str]]:
    found = move.session.exec(select(OutboxMessage)).all()
    return [(one.payload["to"], one.payload["subject"], one.payload["body"]) for one in found]


def test_nobody_approves_what_the_person_has_not_accepted(move: Move, offered: Appointment) -> None:
    with pytest.raises(Conflict, match="not accepted"):
        approve(move, offered)
    second = move.home_office_officer
    assert service.waiting_for(move.session, second, move.permissions(second), move.now) == []
    accepted(move, offered)
    assert service.waiting_for(move.session, second, move.permissions(second), move.now) == [offered]
    assert approve(move, offered).state is AppointmentState.AGREED
    begins = start_of_day(STARTS)
    assert len(current(move.session, Employment, begins, move.now, person_id=move.employee)) == 1


def test_the_link_goes_to_the_address_of_the_invitation_and_says_nothing_of_the_terms(
    move: Move, offered: Appointment
) -> None:
    ((to, subject, body),) = [one for one in mails(move) if "terms of your employment" in one[1]]
    assert (to, link_to(offered.id) in body) == (ADDRESS, True)
    assert "Senior" not in subject + body
    assert not [one for one in mails(move) if one[1] == "Something waits for a second officer"]
    accepted(move, offered)
    assert [one for one in mails(move) if one[1] == "Something waits for a second officer"]


def test_only_the_person_accepts_and_once(move: Move, offered: Appointment) -> None:
    said = {"appointment_id": offered.id, "where": WHERE}
    with pytest.raises(NotFound):
        accepting.accept_terms(move.session, move.now, person_id=move.stranger, **said)
    accepted(move, offered)
    with pytest.raises(Conflict):
        accepted(move, offered)


def test_what_was_taken_back_is_not_accepted(move: Move, offered: Appointment) -> None:
    service.cancel(move.session, move.now, reason="No", **by(move, offered, move.preparer))
    with pytest.raises(Conflict):
        accepted(move, offered)


def test_the_link_is_sent_again_by_hr_until_it_is_accepted(move: Move, offered: Appointment) -> None:
    def send(officer: object) -> None:
        how = by(move, offered, officer)  # type: ignore[arg-type]
        accepting.send_terms(move.session, move.now, link_to=link_to, **how)

    before = len(mails(move))
    send(move.preparer)
    assert len(mails(move)) == before + 1
    with pytest.raises((NotFound, NotPermitted)):
        send(move.stranger)
    accepted(move, offered)
    with pytest.raises(Conflict):
        send(move.preparer)


def test_who_prepared_it_hears_that_it_is_not_accepted(move: Move, offered: Appointment) -> None:
    reminding.remind(move.session, move.now + timedelta(days=5), Timetable(), 10)
    last = mails(move)[-1]
    assert last[:2] == ("omar.hughes@ho.gov.uk", "An appointment is not accepted yet")


def test_who_decides_is_reminded_too_where_it_was_accepted_late(move: Move, offered: Appointment) -> None:
    """Their days count from when they were asked, not from when it was prepared."""

    def told_after(days: int) -> set[str]:
        before = len(mails(move))
        reminding.remind(move.session, move.now + timedelta(days=days), Timetable(), 10)
        return {subject for _to, subject, _body in mails(move)[before:]}

    assert told_after(5) == told_after(11) == {"An appointment is not accepted yet"}
    accepted(replace(move, now=move.now + timedelta(days=12)), offered)
    assert reminding.due_on(offered) == move.now.date() + timedelta(days=19)
    assert told_after(13) == set()
    assert told_after(17) == {"An appointment waits for you"}
    assert told_after(23) == {"An appointment is late"}
