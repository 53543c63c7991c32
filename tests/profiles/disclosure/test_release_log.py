"""The person can read who has seen their data, in words."""

from datetime import datetime, timedelta

from sqlmodel import Session

from profiles.disclosure.release_log import PAGE_SIZE
from profiles.disclosure.service import release, release_log
from tests.factories.apps import make_app, make_rule
from tests.factories.clearances import make_clearance
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee


def test_a_line_says_what_was_told_to_whom_and_why(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    person_id = make_employee(session, now, hmrc).person_id
    make_clearance(session, now, person_id, hmrc)
    app = make_app(session, now, hmrc, claims={"name", "meets_clearance:SC"})
    make_rule(session, now, app)
    claims = frozenset({"name", "meets_clearance"})
    release(session, person_id, app.id, claims=claims, session_reference="s1", now=now)

    (line,) = release_log(session, person_id, now).lines

    assert [str(claim) for claim in line.claims] == ["whether you meet SC", "your name"]
    assert (line.app_name, line.organisation_name) == ("Casework", "Department HMRC")
    assert (line.purpose, line.lawful_basis) == ("to open your cases", "public task")
    assert (line.contact, line.released_at) == ("dpo@example.gov.uk", now)


def test_the_log_is_one_person_s_and_comes_in_pages_the_newest_first(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    app = make_app(session, now, hmrc)
    make_rule(session, now, app)
    mine, other = (make_employee(session, now, hmrc, name).person_id for name in ("priya.patel", "sam.smith"))
    moments = [now + timedelta(minutes=minute) for minute in range(PAGE_SIZE + 1)]
    for moment in moments:
        release(
            session,
            mine,
            app.id,
            claims=frozenset({"name"}),
            session_reference=moment.isoformat(),
            now=moment,
        )
    release(session, other, app.id, claims=frozenset({"name"}), session_reference="other", now=now)

    first, last = (release_log(session, mine, moments[-1], page) for page in (1, 9))

    assert (first.total, first.pages, len(first.lines)) == (PAGE_SIZE + 1, 2, PAGE_SIZE)
    assert first.lines[0].released_at == moments[-1]
    assert [line.released_at for line in last.lines] == [moments[0]]
