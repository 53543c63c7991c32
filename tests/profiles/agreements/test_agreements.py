"""An agreement is proposed by one officer, confirmed by another, and follows the last without a gap."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.agreements import service
from profiles.apps.models import Agreement, AgreementProposal, AgreementTerms, App, LawfulBasis
from profiles.audit.models import AuditEntry
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.temporal import INSTANT, current, end_of_day, start_of_day
from tests.factories.apps import make_agreement, make_app
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee

ENDS = end_of_day(date(2026, 4, 30))


def terms(**changes: object) -> AgreementTerms:
    values: dict[str, object] = {
        "purpose": "to open your cases",
        "lawful_basis": LawfulBasis.PUBLIC_TASK,
        "claims": ["name", "grade"],
        "retention": "two years",
        "contact": "dpo@hmrc.gov.uk",
    }
    return AgreementTerms(**values | changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Renewal:
    """An app whose agreement ends on 30 April 2026, its owner and two data protection officers."""

    session: Session
    now: datetime
    app: App
    owner: UUID
    officer: UUID
    second: UUID

    def propose(self, **changes: object) -> AgreementProposal:
        values: dict[str, object] = {
            "app": self.app,
            "terms": terms(),
            "begins_on": date(2026, 5, 1),
            "ends_on": date(2028, 4, 30),
            "reason": "It ends in April.",
            "officer_id": self.owner,
        }
        return service.propose(self.session, self.now, **values | changes)  # type: ignore[arg-type]

    def confirm(self, proposal: AgreementProposal, officer_id: UUID | None = None) -> None:
        officer = officer_id or self.officer
        service.confirm(self.session, self.now, app=self.app, proposal=proposal, officer_id=officer)

    def purpose_at(self, at: datetime) -> str | None:
        """What is agreed for an instant, as we know it by then or now."""
        known_at = max(at, self.now)
        found = current(self.session, Agreement, at, known_at, app_id=self.app.id)
        return found[0].purpose if found else None


@pytest.fixture
def renewal(session: Session, now: datetime) -> Renewal:
    hmrc = make_organisation(session, now)
    people = []
    for name, role in (
        ("oscar.owner", Role.APP_OWNER),
        ("dora.data", Role.DATA_PROTECTION_OFFICER),
        ("dirk.data", Role.DATA_PROTECTION_OFFICER),
    ):
        person_id = make_employee(session, now, hmrc, name).person_id
        give_role(session, now, person_id, role, hmrc.id)
        people.append(person_id)
    app = make_app(session, now, hmrc, agreed_until=ENDS)
    return Renewal(session, now, app, *people)


def test_a_renewal_follows_the_last_one_without_a_moment_between(renewal: Renewal) -> None:
    renewal.confirm(renewal.propose(terms=terms(purpose="to renew your cases")))
    assert renewal.purpose_at(ENDS - INSTANT) == "to open your cases"
    assert renewal.purpose_at(ENDS) == "to renew your cases"
    last = end_of_day(date(2028, 4, 30))
    assert renewal.purpose_at(last - INSTANT) == "to renew your cases"
    assert renewal.purpose_at(last) is None


def test_a_change_takes_the_place_of_what_is_agreed_from_its_first_day(renewal: Renewal) -> None:
    renewal.confirm(renewal.propose(begins_on=date(2026, 4, 1), terms=terms(purpose="to pay you")))
    begins = start_of_day(date(2026, 4, 1))
    assert renewal.purpose_at(begins - INSTANT) == "to open your cases"
    assert renewal.purpose_at(begins) == "to pay you"


def test_one_that_begins_today_begins_with_its_confirmation(renewal: Renewal) -> None:
    renewal.confirm(renewal.propose(begins_on=date(2026, 3, 2), terms=terms(purpose="to pay you")))
    assert renewal.purpose_at(renewal.now - INSTANT) == "to open your cases"
    assert renewal.purpose_at(renewal.now) == "to pay you"


def test_until_somebody_else_confirms_it_nothing_changes(renewal: Renewal) -> None:
    proposal = renewal.propose()
    assert renewal.purpose_at(ENDS) is None
    with pytest.raises(NotPermitted):
        renewal.confirm(proposal, renewal.owner)
    assert renewal.purpose_at(ENDS) is None


def test_a_gap_is_refused_with_the_day_after_which_it_would_be(renewal: Renewal) -> None:
    with pytest.raises(Invalid, match="ends on 30 April 2026") as refused:
        renewal.propose(begins_on=date(2026, 5, 2))
    assert refused.value.field == "begins_on"


def test_an_app_without_agreement_may_begin_on_any_day_to_come(renewal: Renewal) -> None:
    later = ENDS + timedelta(days=10)
    app, session = renewal.app, renewal.session
    assert service.first_day(session, app.id, renewal.now) == date(2026, 5, 1)
    assert service.first_day(session, app.id, later) == date(2026, 5, 11)
    service.propose(
        session,
        later,
        app=app,
        terms=terms(),
        begins_on=date(2026, 6, 1),
        ends_on=date(2026, 6, 30),
        reason="Again.",
        officer_id=renewal.owner,
    )


def test_a_renewal_that_is_agreed_already_counts_as_cover(renewal: Renewal) -> None:
    until = end_of_day(date(2026, 12, 31))
    make_agreement(renewal.session, renewal.now, renewal.app, valid_from=ENDS, valid_to=until)
    assert service.first_day(renewal.session, renewal.app.id, renewal.now) == date(2027, 1, 1)
    renewal.propose(begins_on=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"begins_on": date(2026, 3, 1)}, "begins_on"),
        ({"ends_on": date(2026, 4, 30)}, "ends_on"),
        ({"ends_on": date(2500, 1, 1)}, "ends_on"),
        ({"terms": terms(purpose=" ")}, "purpose"),
        ({"terms": terms(retention="")}, "retention"),
        ({"terms": terms(contact="")}, "contact"),
        ({"terms": terms(claims=[])}, "claims"),
        ({"terms": terms(claims=["shoe_size"])}, "claims"),
    ],
)
def test_what_says_too_little_is_refused_by_field(
    renewal: Renewal, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        renewal.propose(**changes)
    assert refused.value.field == field


def test_an_app_has_one_proposal_that_is_open(renewal: Renewal) -> None:
    first = renewal.propose()
    with pytest.raises(Conflict):
        renewal.propose()
    service.withdraw(renewal.session, renewal.now, app=renewal.app, proposal=first, officer_id=renewal.owner)
    renewal.propose()


def test_what_was_decided_on_is_not_decided_on_again(renewal: Renewal) -> None:
    proposal = renewal.propose()
    renewal.confirm(proposal)
    with pytest.raises(Conflict):
        renewal.confirm(proposal, renewal.second)
    with pytest.raises(Conflict):
        service.withdraw(
            renewal.session, renewal.now, app=renewal.app, proposal=proposal, officer_id=renewal.owner
        )
    renewal.session.expire_all()
    with pytest.raises(NotFound):
        service.get_open_proposal(renewal.session, proposal.id, renewal.app.id)


def test_a_proposal_whose_last_day_is_over_is_not_confirmed(renewal: Renewal) -> None:
    proposal = renewal.propose(begins_on=date(2026, 3, 3), ends_on=date(2026, 3, 3))
    later = renewal.now + timedelta(days=2)
    with pytest.raises(Conflict, match="over"):
        service.confirm(
            renewal.session, later, app=renewal.app, proposal=proposal, officer_id=renewal.officer
        )


def test_who_can_confirm_is_told_and_then_who_proposed(renewal: Renewal) -> None:
    proposal = renewal.propose(officer_id=renewal.officer)
    renewal.confirm(proposal, renewal.second)
    renewal.session.flush()
    mails = renewal.session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [(one.payload["to"], one.payload["subject"]) for one in mails] == [
        ("dirk.data@hmrc.gov.uk", "An agreement waits for you"),
        ("dora.data@hmrc.gov.uk", "Your agreement is confirmed"),
    ]


def test_each_step_is_audited_with_both_officers(renewal: Renewal) -> None:
    proposal = renewal.propose()
    renewal.confirm(proposal)
    entries = renewal.session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()
    found = [(one.event, one.initiator) for one in entries if one.event.startswith("app.agreement_")]
    assert found[-3:] == [
        ("app.agreement_proposed", str(renewal.owner)),
        ("app.agreement_recorded", str(renewal.officer)),
        ("app.agreement_confirmed", str(renewal.officer)),
    ]
