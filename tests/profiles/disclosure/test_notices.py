"""The notice of what is shared is shown until it was seen, and again when it changes."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.disclosure.models import Notice
from profiles.disclosure.service import acknowledge_notice, notice_needed
from profiles.errors import Conflict, NotPermitted
from tests.factories.apps import make_agreement, make_app, make_rule
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person


@pytest.fixture
def person_id(session: Session, now: datetime) -> UUID:
    return make_person(session, now)


def test_a_notice_says_what_is_shared_with_whom_and_why(
    session: Session, now: datetime, person_id: UUID
) -> None:
    app = make_app(session, now, make_organisation(session, now), claims={"name", "meets_clearance"})
    make_rule(session, now, app, least_clearance="SC")

    notice = notice_needed(session, person_id, app.id, now)

    assert notice is not None
    assert [str(claim) for claim in notice.claims] == ["your name", "whether you meet SC"]
    assert (notice.app_name, notice.organisation_name) == ("Casework", "Department HMRC")
    assert (notice.purpose, notice.lawful_basis) == ("to open your cases", "public task")
    assert (notice.retention, notice.contact) == ("two years", "dpo@example.gov.uk")


def test_a_notice_that_was_seen_is_not_shown_again(session: Session, now: datetime, person_id: UUID) -> None:
    app = make_app(session, now, make_organisation(session, now))
    notice = notice_needed(session, person_id, app.id, now)
    assert notice is not None

    for _ in range(2):
        acknowledge_notice(session, person_id, app.id, notice.digest, now)

    assert notice_needed(session, person_id, app.id, now) is None
    assert len(session.exec(select(Notice)).all()) == 1


def test_one_person_s_notice_is_not_another_s(session: Session, now: datetime, person_id: UUID) -> None:
    app = make_app(session, now, make_organisation(session, now))
    notice = notice_needed(session, person_id, app.id, now)
    assert notice is not None
    acknowledge_notice(session, person_id, app.id, notice.digest, now)

    other = make_person(session, now, "sam.smith@hmrc.gov.uk")

    assert notice_needed(session, other, app.id, now) is not None


@pytest.mark.parametrize(
    "change", [{"claims": ("name", "grade")}, {"claims": ("name",), "purpose": "to pay your expenses"}]
)
def test_a_changed_agreement_is_shown_again(
    session: Session, now: datetime, person_id: UUID, change: dict[str, object]
) -> None:
    later = now + timedelta(days=1)
    app = make_app(session, now, make_organisation(session, now), claims=("name",), agreed_until=later)
    notice = notice_needed(session, person_id, app.id, now)
    assert notice is not None
    acknowledge_notice(session, person_id, app.id, notice.digest, now)
    make_agreement(session, now, app, valid_from=later, **change)  # type: ignore[arg-type]

    assert notice_needed(session, person_id, app.id, later) is not None
    with pytest.raises(Conflict):
        acknowledge_notice(session, person_id, app.id, notice.digest, later)


def test_an_app_without_agreement_has_no_notice_to_show(
    session: Session, now: datetime, person_id: UUID
) -> None:
    app = make_app(session, now, make_organisation(session, now), claims=None)

    with pytest.raises(NotPermitted):
        notice_needed(session, person_id, app.id, now)
