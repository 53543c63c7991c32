"""A person asks about a release; whoever answers for the app answers once, in time, and never themselves."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.questions import service
from profiles.questions.models import Question
from profiles.roles.models import Role
from tests.factories.people import give_role, make_person
from tests.profiles.questions.conftest import Releases

WORDS = "I never opened this app. Why was it told my name?"
THIRTY_DAYS = timedelta(days=30)


def ask(releases: Releases, disclosure_id: UUID, words: str = WORDS, **changes: object) -> Question:
    values = {"person_id": releases.person, "disclosure_id": disclosure_id, "words": words} | changes
    now = values.pop("now", releases.now)
    return service.ask(releases.session, now, answer_within=THIRTY_DAYS, **values)  # type: ignore[arg-type]


def answer(releases: Releases, question: Question, officer_id: UUID | None = None) -> Question:
    return service.answer(
        releases.session,
        releases.now,
        question=question,
        officer_id=officer_id or releases.officer,
        words="A colleague opened your file by mistake.",
    )


def mails(releases: Releases) -> list[dict[str, str]]:
    releases.session.flush()
    return [one.payload for one in releases.session.exec(select(OutboxMessage).order_by(OutboxMessage.id))]


def test_a_question_goes_to_who_answers_for_the_app_with_a_last_day(releases: Releases) -> None:
    asked = ask(releases, releases.release())
    assert (asked.organisation_id, asked.answer_by) == (releases.home_office.id, date(2026, 4, 1))
    (mail,) = mails(releases)
    assert mail["to"] == "dora.data@ho.gov.uk"
    assert (
        "Priya Patel asks about what Case Desk was told about them. Answer by 1 April 2026." in mail["body"]
    )
    assert "never opened" not in mail["body"]


def test_the_answer_is_there_for_the_person_who_is_told_that_it_is(releases: Releases) -> None:
    asked = ask(releases, releases.release())
    answer(releases, asked)
    mine = service.get_own(releases.session, asked.id, releases.person)
    assert mine.answer == "A colleague opened your file by mistake."
    told = mails(releases)[-1]
    assert told["to"] == "priya.patel@hmrc.gov.uk"
    assert "by mistake" not in told["body"]


def test_both_are_audited_without_the_words(releases: Releases) -> None:
    answer(releases, ask(releases, releases.release()))
    events = (Event.DISCLOSURE_QUESTIONED, Event.DISCLOSURE_QUESTION_ANSWERED)
    found = [
        one
        for one in releases.session.exec(select(AuditEntry).order_by(AuditEntry.id))
        if one.event in events
    ]
    assert [(one.event, one.initiator) for one in found] == [
        (Event.DISCLOSURE_QUESTIONED, str(releases.person)),
        (Event.DISCLOSURE_QUESTION_ANSWERED, str(releases.officer)),
    ]
    assert all(set(one.details) == {"question_id", "disclosure_id"} for one in found)


def test_an_entry_of_somebody_else_does_not_exist(releases: Releases) -> None:
    other = make_person(releases.session, releases.now, "sam.smith@hmrc.gov.uk")
    disclosure_id = releases.release()
    with pytest.raises(NotFound):
        ask(releases, disclosure_id, person_id=other)
    asked = ask(releases, disclosure_id)
    with pytest.raises(NotFound):
        service.get_own(releases.session, asked.id, other)


def test_another_organisation_cannot_read_it(releases: Releases) -> None:
    asked = ask(releases, releases.release())
    assert service.get_asked(releases.session, asked.id, {releases.home_office.id}) == asked
    with pytest.raises(NotFound):
        service.get_asked(releases.session, asked.id, {UUID(int=1)})


def test_an_officer_does_not_answer_their_own_question_nor_hear_of_it(releases: Releases) -> None:
    give_role(
        releases.session,
        releases.now,
        releases.person,
        Role.DATA_PROTECTION_OFFICER,
        releases.home_office.id,
    )
    asked = ask(releases, releases.release())
    assert [mail["to"] for mail in mails(releases)] == ["dora.data@ho.gov.uk"]
    with pytest.raises(NotPermitted):
        answer(releases, asked, releases.person)


def test_a_second_answer_is_refused(releases: Releases) -> None:
    asked = ask(releases, releases.release())
    answer(releases, asked)
    with pytest.raises(Conflict):
        answer(releases, asked)


def test_an_entry_is_asked_about_again_only_after_the_answer(releases: Releases) -> None:
    disclosure_id = releases.release()
    first = ask(releases, disclosure_id)
    with pytest.raises(Conflict):
        ask(releases, disclosure_id)
    answer(releases, first)
    second = ask(releases, disclosure_id)
    assert service.of_releases(releases.session, {disclosure_id}) == {disclosure_id: second}


def test_only_so_many_questions_wait_at_the_same_time(releases: Releases) -> None:
    asked = [ask(releases, releases.release(str(one))) for one in range(service.MOST_WAITING)]
    with pytest.raises(Conflict, match="wait for an answer"):
        ask(releases, releases.release("more"))
    answer(releases, asked[0])
    ask(releases, releases.release("again"))


def test_only_so_many_questions_are_asked_in_a_day(releases: Releases) -> None:
    for one in range(service.MOST_A_DAY):
        answer(releases, ask(releases, releases.release(str(one))))
    disclosure_id = releases.release("more")
    with pytest.raises(Conflict, match="24 hours"):
        ask(releases, disclosure_id)
    ask(releases, disclosure_id, now=releases.now + timedelta(days=1, seconds=1))


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 2001])
def test_words_are_needed_and_not_too_many(releases: Releases, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(releases, releases.release(), words)
    assert refused.value.field == "words"


def test_officers_are_reminded_once_a_week_before_the_last_day(releases: Releases) -> None:
    session = releases.session
    ask(releases, releases.release())
    before = len(mails(releases))
    assert not service.remind(session, releases.now + timedelta(days=22), 20)
    assert len(mails(releases)) == before
    for _time in range(2):
        service.remind(session, releases.now + timedelta(days=23), 20)
    assert [mail["subject"] for mail in mails(releases)[before:]] == [
        "A question still waits for your answer"
    ]


def test_what_waits_is_counted_and_what_is_late(releases: Releases) -> None:
    session, where = releases.session, {releases.home_office.id}
    asked = ask(releases, releases.release())
    assert service.count_waiting(session, where, asked.answer_by) == (1, 0)
    assert service.count_waiting(session, where, asked.answer_by + timedelta(days=1)) == (1, 1)
    assert service.count_waiting(session, {UUID(int=1)}, asked.answer_by) == (0, 0)
    answer(releases, asked)
    assert service.count_waiting(session, where, asked.answer_by) == (0, 0)
