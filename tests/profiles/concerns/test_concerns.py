"""Whoever can put right what a person says is wrong answers, once, in a month, and never themselves."""

from dataclasses import replace as replace_move
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.audit.models import AuditEntry
from profiles.clearances import service as clearances
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.concerns import owners, service
from profiles.concerns.models import Concern, ConcernAbout, ConcernState
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.models import OrganisationDetail
from profiles.organisations.successions import succeed
from profiles.outbox.models import OutboxMessage
from profiles.people.models import PersonName
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.versions import versions_of
from profiles.roles.models import Role
from profiles.temporal import Provenance, current, end, history, replace, supersede
from tests.factories.facts_in_turn import PRESENT, ask, in_turn
from tests.factories.organisations import INITIATOR
from tests.factories.people import give_role, make_deputy, make_employee
from tests.factories.transfers import Move

WORDS = "I am a Senior Officer since February, see the letter of 12 January."
CORRECTED = Provenance(None, "page:letter", "As the letter has it")


def held(move: Move, model: Any = Posting) -> Any:
    """What the record says of the employee now."""
    return current(move.session, model, move.now, move.now, person_id=move.employee)[0]


def say(move: Move, kind: Kind = Kind.POSTING, model: Any = Posting, words: str = WORDS) -> Concern:
    return service.say_wrong(
        move.session,
        move.now,
        person_id=move.employee,
        kind=kind,
        fact_id=held(move, model).fact_id,
        words=words,
    )


def answer(move: Move, concern: Concern, officer: UUID, *, put_right: bool = False) -> Concern:
    return service.answer(
        move.session,
        move.now,
        concern=concern,
        officer_id=officer,
        put_right=put_right,
        words="The letter says it.",
    )


def officer(move: Move, role: Role, name: str) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, name).person_id
    give_role(move.session, move.now, person_id, role, move.hmrc.id)
    return person_id


def seen(move: Move, officer_id: UUID) -> list[UUID]:
    return [one.id for one in service.waiting(move.session, move.permissions(officer_id))]


def mails(move: Move) -> list[dict[str, str]]:
    move.session.flush()
    return [one.payload for one in move.session.exec(select(OutboxMessage).order_by(OutboxMessage.id))]


def test_it_goes_to_whose_record_it_is_with_a_last_day_and_without_a_name_in_the_mail(move: Move) -> None:
    said = say(move)
    assert (said.organisation_id, said.answer_by) == (move.hmrc.id, date(2026, 4, 2))
    to_officer, to_person = mails(move)
    assert to_officer["to"] == "harriet.khan@hmrc.gov.uk"
    assert "Answer by 2 April 2026" in to_officer["body"]
    assert to_person["to"] == "priya.patel@hmrc.gov.uk"
    told = str(mails(move))
    assert "Patel" not in to_officer["body"]
    assert "Senior Officer" not in told


def test_each_kind_of_officer_sees_what_they_put_right_and_data_protection_officers_all(move: Move) -> None:
    security = officer(move, Role.SECURITY_OFFICER, "sam.security")
    protects = officer(move, Role.DATA_PROTECTION_OFFICER, "dora.data")
    of_post, of_clearance = say(move), say(move, Kind.CLEARANCE, Clearance)
    complaint = service.complain(
        move.session, move.now, person_id=move.employee, organisation_id=move.hmrc.id, words="Too slow."
    )
    assert seen(move, move.hmrc_officer) == [of_post.id]
    assert seen(move, security) == [of_clearance.id]
    assert seen(move, protects) == [of_post.id, of_clearance.id, complaint.id]
    assert seen(move, move.home_office_officer) == []
    with pytest.raises(NotFound):
        service.get_raised(move.session, complaint.id, move.permissions(move.hmrc_officer))


def test_where_nobody_can_put_it_right_the_data_protection_officers_are_told(move: Move) -> None:
    officer(move, Role.DATA_PROTECTION_OFFICER, "dora.data")
    say(move, Kind.CLEARANCE, Clearance)
    assert mails(move)[0]["to"] == "dora.data@hmrc.gov.uk"


def test_what_the_only_hr_officer_says_goes_to_the_data_protection_officers(move: Move) -> None:
    officer(move, Role.DATA_PROTECTION_OFFICER, "dora.data")
    own = current(move.session, Posting, move.now, move.now, person_id=move.hmrc_officer)[0]
    said = {"kind": Kind.POSTING, "fact_id": own.fact_id, "words": WORDS}
    service.say_wrong(move.session, move.now, person_id=move.hmrc_officer, **said)
    assert {one["to"] for one in mails(move)} == {"dora.data@hmrc.gov.uk", "harriet.khan@hmrc.gov.uk"}


def test_the_sponsor_answers_for_a_clearance_and_the_employer_for_what_nobody_owns(move: Move) -> None:
    move.schedule()
    later = move.now + timedelta(days=20)
    for model, kind in ((Clearance, Kind.CLEARANCE), (PersonName, Kind.NAME)):
        fact = current(move.session, model, later, later, person_id=move.employee)[0]
        assert owners.answers_for(move.session, kind, fact, later) == move.home_office.id
    (left,) = current(move.session, Posting, move.now, later, person_id=move.employee)
    assert owners.answers_for(move.session, Kind.POSTING, left, later) == move.hmrc.id


def test_it_is_put_right_only_once_the_record_says_something_else(move: Move) -> None:
    said = say(move)
    with pytest.raises(Invalid) as refused:
        answer(move, said, move.hmrc_officer, put_right=True)
    assert refused.value.field == "outcome"
    replace(move.session, held(move), move.now, CORRECTED, local_grade="Senior Officer")
    answer(move, said, move.hmrc_officer, put_right=True)
    assert (said.state, said.decided_by) == (ConcernState.PUT_RIGHT, move.hmrc_officer)
    assert mails(move)[-1]["subject"] == "What you said is wrong is answered"


def test_an_earlier_time_of_the_fact_that_is_corrected_is_put_right_too(move: Move) -> None:
    clearance = held(move, Clearance)
    clearances.set_status(
        move.session,
        move.now,
        CORRECTED,
        INITIATOR,
        clearance_id=clearance.fact_id,
        status=ClearanceStatus.SUSPENDED,
        at=move.now - timedelta(days=1),
    )
    later = replace_move(move, now=move.now + timedelta(hours=1))
    said = say(later, Kind.CLEARANCE, Clearance)
    security = officer(move, Role.SECURITY_OFFICER, "sam.security")
    with pytest.raises(Invalid):
        answer(later, said, security, put_right=True)
    before = history(move.session, Clearance, later.now, fact_id=clearance.fact_id)[0]
    assert before.id != said.version_id
    replace(move.session, before, later.now + timedelta(hours=1), CORRECTED, decided_on=date(2019, 1, 1))
    at = replace_move(move, now=later.now + timedelta(hours=2))
    assert answer(at, said, security, put_right=True).state is ConcernState.PUT_RIGHT


@pytest.mark.parametrize("which", [0, 2], ids=["past", "to come"])
def test_what_was_or_is_to_come_is_put_right_once_that_is_corrected(move: Move, which: int) -> None:
    entry = in_turn(move, Kind.PAY)[which]
    raised = {"person_id": move.employee, "kind": Kind.PAY, "fact_id": entry.fact_id, "words": WORDS}
    said = service.say_wrong(move.session, move.now, **raised)
    assert said.version_id == entry.id
    with pytest.raises(Invalid):
        answer(move, said, move.hmrc_officer, put_right=True)
    ask(move, Kind.PAY, Action.CORRECT, entry, salary_pence=2_900_000)
    assert answer(move, said, move.hmrc_officer, put_right=True).state is ConcernState.PUT_RIGHT


def test_a_day_that_moved_with_the_entry_beside_it_is_put_right(move: Move) -> None:
    past, present, _coming = in_turn(move, Kind.PAY)
    raised = {"person_id": move.employee, "kind": Kind.PAY, "fact_id": past.fact_id, "words": WORDS}
    said = service.say_wrong(move.session, move.now, **raised)
    later = {"valid_from": PRESENT + timedelta(days=31), "moves_neighbours": True}
    ask(move, Kind.PAY, Action.CORRECT, present, **later)
    assert answer(move, said, move.hmrc_officer, put_right=True).state is ConcernState.PUT_RIGHT


def test_what_was_read_on_a_day_is_what_it_is_about(move: Move) -> None:
    """A clearance that was suspended has a version before that day and one after it."""
    clearance = held(move, Clearance)
    suspended = {"clearance_id": clearance.fact_id, "status": ClearanceStatus.SUSPENDED}
    at = move.now - timedelta(days=1)
    clearances.set_status(move.session, move.now, CORRECTED, INITIATOR, at=at, **suspended)
    now = move.now + timedelta(hours=1)
    versions = versions_of(move.session, Kind.CLEARANCE, clearance.fact_id, move.employee, now)
    found = [service.version_read(versions, one) for one in (at - timedelta(days=1), now)]
    assert [one and one.status for one in found] == [ClearanceStatus.ACTIVE, ClearanceStatus.SUSPENDED]


def test_it_is_answered_once_and_not_after_it_was_taken_back(move: Move) -> None:
    said = say(move)
    answer(move, said, move.hmrc_officer)
    with pytest.raises(Conflict):
        answer(move, said, move.hmrc_officer)
    with pytest.raises(Conflict):
        service.withdraw(move.session, move.now, said)
    again = say(move)
    service.withdraw(move.session, move.now, again)
    with pytest.raises(Conflict):
        answer(move, again, move.hmrc_officer)


def test_nobody_answers_their_own_nor_that_of_whom_they_stand_in_for(move: Move) -> None:
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    deputy = make_employee(move.session, move.now, move.hmrc, "dan.deputy").person_id
    make_deputy(move.session, move.now, deputy, move.employee, Role.HR_OFFICER, move.hmrc.id)
    said = say(move)
    for one in (move.employee, deputy):
        with pytest.raises(NotPermitted):
            answer(move, said, one)
    assert service.count_waiting(move.session, move.permissions(move.employee), said.answer_by) == (0, 0)
    assert {one["to"] for one in mails(move)} == {"harriet.khan@hmrc.gov.uk", "priya.patel@hmrc.gov.uk"}


def test_a_fact_of_somebody_else_or_one_that_nobody_says_any_more_is_not_there(move: Move) -> None:
    posting = held(move)
    words = {"kind": Kind.POSTING, "fact_id": posting.fact_id, "words": WORDS}
    with pytest.raises(NotFound):
        service.say_wrong(move.session, move.now, person_id=move.stranger, **words)
    supersede(move.session, posting, move.now, None)
    with pytest.raises(Conflict):
        service.say_wrong(move.session, move.now, person_id=move.employee, **words)


def test_one_waits_for_a_fact_and_so_many_for_a_person(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    say(move)
    with pytest.raises(Conflict, match="said so already"):
        say(move)
    say(move, Kind.NAME, PersonName)
    missing = {"person_id": move.employee, "organisation_id": move.hmrc.id, "words": "My second job."}
    for _time in range(service.MOST_WAITING - 2):
        service.say_missing(move.session, move.now, **missing)
    with pytest.raises(Conflict, match="wait for an answer"):
        service.say_missing(move.session, move.now, **missing)


def test_only_who_employs_or_employed_is_asked_for_what_is_missing(move: Move) -> None:
    for organisation in (move.home_office, move.hmrc):
        asked = {"person_id": move.employee, "organisation_id": organisation.id, "words": "It."}
        if organisation is move.home_office:
            with pytest.raises(Invalid) as refused:
                service.say_missing(move.session, move.now, **asked)
            assert refused.value.field == "organisation_id"
        else:
            assert service.say_missing(move.session, move.now, **asked).about is ConcernAbout.MISSING


@pytest.mark.parametrize("words", ["", " \n", "x" * 2001])
def test_words_are_needed_and_not_too_many(move: Move, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        say(move, words=words)
    assert refused.value.field == "words"


def test_officers_and_data_protection_officers_are_reminded_once(move: Move) -> None:
    officer(move, Role.DATA_PROTECTION_OFFICER, "dora.data")
    say(move)
    before = len(mails(move))
    assert not service.remind(move.session, move.now + timedelta(days=23), 20)
    assert len(mails(move)) == before
    for _time in range(2):
        service.remind(move.session, move.now + timedelta(days=24), 20)
    assert {one["to"] for one in mails(move)[before:]} == {
        "harriet.khan@hmrc.gov.uk",
        "dora.data@hmrc.gov.uk",
    }
    assert len(mails(move)) == before + 2


def test_the_reminder_names_an_organisation_that_has_ended_meanwhile(move: Move) -> None:
    officer(move, Role.DATA_PROTECTION_OFFICER, "dora.data")
    say(move)
    later = move.now + timedelta(days=24)
    (detail,) = current(move.session, OrganisationDetail, move.now, move.now, organisation_id=move.hmrc.id)
    end(move.session, detail, later, move.now, CORRECTED)
    assert not service.remind(move.session, later, 20)
    to_officer = next(one for one in mails(move) if one["to"] == "dora.data@hmrc.gov.uk")
    assert move.hmrc.name in to_officer["body"]


def test_whoever_takes_over_from_an_organisation_answers_what_waits_there(move: Move) -> None:
    said, later = say(move), move.now + timedelta(days=1)
    (detail,) = current(move.session, OrganisationDetail, move.now, move.now, organisation_id=move.hmrc.id)
    end(move.session, detail, later, move.now, CORRECTED)
    assert not service.hand_on(move.session, later, 20)
    assert said.organisation_id == move.hmrc.id  # there is nobody yet
    both = {"predecessor_id": move.hmrc.id, "successor_id": move.home_office.id}
    succeed(move.session, move.now, CORRECTED, INITIATOR, **both, since=later)
    before = len(mails(move))
    for _time in range(2):
        service.hand_on(move.session, later, 20)
    told = {one["to"].partition("@")[0] for one in mails(move)[before:]}
    assert (told, len(mails(move)) - before) == ({"omar.hughes", "olivia.ward", "priya.patel"}, 3)
    assert seen(move, move.home_office_officer) == [said.id]
    assert seen(move, move.hmrc_officer) == []
    assert answer(move, said, move.home_office_officer).state is ConcernState.DECLINED


def test_what_a_name_should_be_is_for_the_employer_after_a_move(move: Move) -> None:
    of_name, of_post = say(move, Kind.NAME, PersonName), say(move)
    move.schedule()
    service.hand_on(move.session, move.now, 20)
    assert of_name.organisation_id == move.hmrc.id
    service.hand_on(move.session, move.now + timedelta(days=60), 20)
    assert (of_name.organisation_id, of_post.organisation_id) == (move.home_office.id, move.hmrc.id)


def test_what_is_late_is_counted(move: Move) -> None:
    said = say(move)
    mine = move.permissions(move.hmrc_officer)
    assert service.count_waiting(move.session, mine, said.answer_by) == (1, 0)
    assert service.count_waiting(move.session, mine, said.answer_by + timedelta(days=1)) == (1, 1)


def test_the_trail_says_that_there_was_one_and_not_what(move: Move) -> None:
    answer(move, say(move), move.hmrc_officer)
    found = [one for one in move.session.exec(select(AuditEntry)) if one.event.startswith("concern.")]
    assert [one.event for one in found] == ["concern.raised", "concern.answered"]
    assert found[1].details["state"] == "declined"
    assert all(set(one.details) <= {"concern_id", "about", "state"} for one in found)
