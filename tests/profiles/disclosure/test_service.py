"""What leaves through the one door, and what does not."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.clearances import service as clearances
from profiles.clearances.models import ClearanceStatus
from profiles.disclosure import service
from profiles.disclosure.models import Disclosure
from profiles.disclosure.service import AccessRefused, Released
from profiles.errors import NotFound
from profiles.organisations.service import OrganisationView
from profiles.people.models import WorkAddress
from profiles.temporal import current, end
from tests.factories.apps import make_agreement, make_app, make_rule
from tests.factories.clearances import make_clearance
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_employee

EVERYTHING = frozenset(
    {
        "name",
        "given_name",
        "family_name",
        "email",
        "email_verified",
        "organisation",
        "grade",
        "job_title",
        "roles",
        "meets_clearance",
    }
)


@pytest.fixture
def hmrc(session: Session, now: datetime) -> OrganisationView:
    return make_organisation(session, now)


@pytest.fixture
def person_id(session: Session, now: datetime, hmrc: OrganisationView) -> UUID:
    return make_employee(session, now, hmrc).person_id


def _app(
    session: Session, now: datetime, hmrc: OrganisationView, claims: Collection[str], **conditions: Any
) -> App:
    app = make_app(session, now, hmrc, claims=claims)
    make_rule(session, now, app, organisation_id=hmrc.id, **conditions)
    return app


def _release(
    session: Session,
    person_id: UUID,
    app: App,
    now: datetime,
    claims: frozenset[str] = EVERYTHING,
    session_reference: str = "s1",
) -> Released:
    return service.release(
        session, person_id, app.id, claims=claims, session_reference=session_reference, now=now
    )


def _logged(session: Session) -> int:
    return len(session.exec(select(Disclosure)).all())


def test_everything_agreed_and_asked_leaves(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    app = _app(session, now, hmrc, EVERYTHING, least_clearance="SC")
    make_clearance(session, now, person_id, hmrc)

    assert _release(session, person_id, app, now).values == {
        "name": "Priya Patel",
        "given_name": "Priya",
        "family_name": "Patel",
        "email": "priya.patel@hmrc.gov.uk",
        "email_verified": True,
        "organisation": {"id": str(hmrc.id), "code": "HMRC", "name": "Department HMRC"},
        "grade": "HEO",
        "job_title": "Caseworker",
        "roles": ["caseworker"],
        "meets_clearance": {"SC": True},
    }


@pytest.mark.parametrize(
    ("agreed", "asked", "left"),
    [
        ({"name", "email"}, {"name", "grade"}, {"name"}),
        ({"name"}, {"email"}, set()),
        ({"name"}, set(), set()),
        ({"grade", "roles"}, {"grade", "roles"}, {"grade", "roles"}),
        ({"meets_clearance"}, {"meets_clearance"}, set()),
        ({"name"}, {"name", "salary"}, {"name"}),
    ],
)
def test_only_what_is_both_agreed_and_asked_leaves(
    session: Session,
    now: datetime,
    hmrc: OrganisationView,
    person_id: UUID,
    agreed: set[str],
    asked: set[str],
    left: set[str],
) -> None:
    app = _app(session, now, hmrc, agreed)

    assert set(_release(session, person_id, app, now, frozenset(asked)).values) == left


@pytest.mark.parametrize(
    ("agreed", "told"),
    [
        ("meets_clearance", {"CTC": True}),
        ("meets_clearance:DV", {"DV": False}),
    ],
)
def test_an_app_is_told_yes_or_no_for_a_level_that_it_uses_and_never_the_level_held(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID, agreed: str, told: object
) -> None:
    app = _app(session, now, hmrc, {agreed}, least_clearance="CTC")
    make_clearance(session, now, person_id, hmrc)

    assert _release(session, person_id, app, now).values == {"meets_clearance": told}


def test_a_suspended_clearance_is_not_met(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    app = _app(session, now, hmrc, {"meets_clearance:SC"})
    held = make_clearance(session, now, person_id, hmrc)
    clearances.set_status(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        clearance_id=held.fact_id,
        status=ClearanceStatus.SUSPENDED,
    )

    assert _release(session, person_id, app, now).values == {"meets_clearance": {"SC": False}}


def test_an_address_that_has_ended_does_not_leave(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    app = _app(session, now, hmrc, {"email", "email_verified", "name"})
    address = current(session, WorkAddress, now, now, person_id=person_id)[0]
    end(session, address, now - timedelta(days=1), now, PROVENANCE)

    assert set(_release(session, person_id, app, now).values) == {"name"}


def test_the_address_of_the_posting_s_organisation_is_told(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    app = _app(session, now, hmrc, {"email"})
    for address, organisation_id in (("priya@hmrc.gov.uk", hmrc.id), ("priya@other.gov.uk", None)):
        session.add(
            WorkAddress(
                person_id=person_id,
                address=address,
                organisation_id=organisation_id,
                **PROVENANCE.stamp(now, LONG_AGO),
            )
        )
    session.flush()

    assert _release(session, person_id, app, now).values == {"email": "priya@hmrc.gov.uk"}


def test_nothing_leaves_to_an_app_that_the_person_may_not_use(
    session: Session, now: datetime, hmrc: OrganisationView
) -> None:
    app = _app(session, now, hmrc, EVERYTHING)
    elsewhere = make_employee(session, now, make_organisation(session, now, "HO")).person_id

    with pytest.raises(AccessRefused) as refused:
        _release(session, elsewhere, app, now)

    assert refused.value.decision.how_to_ask == "desk@hmrc.gov.uk"
    assert _logged(session) == 0


def test_nothing_leaves_once_the_agreement_has_expired(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    later = now + timedelta(days=1)
    app = make_app(session, now, hmrc, agreed_until=later)
    make_rule(session, now, app, organisation_id=hmrc.id)
    _release(session, person_id, app, later - timedelta(seconds=1))

    assert not service.access(session, person_id, app.id, later).allowed
    with pytest.raises(AccessRefused):
        _release(session, person_id, app, later, session_reference="s2")
    assert _logged(session) == 1


def test_an_unknown_app_is_told_nothing(session: Session, now: datetime, person_id: UUID) -> None:
    with pytest.raises(NotFound):
        service.access(session, person_id, uuid4(), now)


def test_a_release_is_written_down_once_per_session_and_set_of_claims(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    app = _app(session, now, hmrc, {"name", "grade"})
    asked = [({"name"}, "s1"), ({"name"}, "s1"), ({"name", "grade"}, "s1"), ({"name"}, "s2")]

    for claims, reference in asked:
        _release(session, person_id, app, now, frozenset(claims), reference)

    audited = session.exec(select(AuditEntry).where(col(AuditEntry.event) == Event.DISCLOSED)).all()
    assert (_logged(session), len(audited)) == (3, 3)
    assert audited[0].details["claims"] == ["name"]


def test_a_new_version_of_the_agreement_is_written_down_anew(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    later = now + timedelta(days=1)
    app = make_app(session, now, hmrc, agreed_until=later)
    make_rule(session, now, app, organisation_id=hmrc.id)
    make_agreement(session, now, app, valid_from=later, purpose="to pay your expenses")

    _release(session, person_id, app, now, frozenset({"name"}))
    _release(session, person_id, app, later, frozenset({"name"}))

    lines = service.release_log(session, person_id, later).lines
    assert [line.purpose for line in lines] == ["to pay your expenses", "to open your cases"]


def test_no_value_is_written_down_when_nothing_was_told(
    session: Session, now: datetime, hmrc: OrganisationView, person_id: UUID
) -> None:
    app = _app(session, now, hmrc, {"name"})

    _release(session, person_id, app, now, frozenset({"grade"}))

    assert _logged(session) == 0


def test_access_turns_by_itself_on_the_day(session: Session, now: datetime, hmrc: OrganisationView) -> None:
    app = _app(session, now, hmrc, {"name"})
    starts = make_employee(session, now, hmrc, "sam.smith", since=date(2026, 3, 3)).person_id

    before = service.access(session, starts, app.id, now)

    assert before.until == datetime.fromisoformat("2026-03-03T00:00:00+00:00")
    assert not before.allowed
    assert service.access(session, starts, app.id, before.until).allowed
