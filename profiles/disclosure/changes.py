"""Which records changed, as an app is told it through the API alone: no values, and a line for each person.

An app reads of its own organisation's employees, of their periods there, and of the kinds that its agreement
opens, and of nobody who is marked sensitive. What a change says stands in the record.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.apps.claims import Claim
from profiles.clearances.models import Sponsorship
from profiles.disclosure.claims import agreed_claims
from profiles.disclosure.records import kinds_opened
from profiles.disclosure.release_log import Release, is_written_down, write_down
from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.entitlements.service import rules_of
from profiles.errors import NotPermitted
from profiles.people.sensitive import sensitive_among
from profiles.portable_profile.feed import FactChange, Mark, changes_after
from profiles.portable_profile.kinds import OF_THE_PERSON, Kind
from profiles.temporal import Span, known


@dataclass(frozen=True)
class ToldChange:
    """A change, and the employment number by which the organisation knows whom it is about."""

    change: FactChange
    number: str


@dataclass(frozen=True)
class ToldPage:
    """What an app is told, how far it has read, and whether the feed goes on."""

    changes: Sequence[ToldChange]
    mark: Mark
    more: bool


def told_changes(
    session: Session,
    app_id: UUID,
    mark: Mark,
    now: datetime,
    *,
    session_reference: str,
    log_in: Callable[[], AbstractContextManager[Session]],
) -> ToldPage:
    """The next changes behind a mark. Raises NotPermitted where no agreement names them."""
    rules = rules_of(session, app_id, now)
    agreement = rules.find_agreement(now)
    agreed = agreed_claims(rules, agreement, now) if agreement else ()
    if agreement is None or not {Claim.CHANGES, Claim.RECORD} <= {*agreed}:
        raise NotPermitted("No agreement lets the app read what changed.")
    page = changes_after(session, mark, kinds_opened(agreed))
    people = {one.person_id for one in page.changes}
    ours = _Ours(session, rules.organisation_id, people - sensitive_among(session, people, now), now)
    told = [
        ToldChange(one, ours.numbers[one.person_id])
        for one in page.changes
        if one.person_id in ours.numbers and ours.sees(one)
    ]
    lines = [
        Release(
            person_id,
            app_id,
            agreement.agreement_id,
            (Claim.CHANGES.value,),
            f"{session_reference}:{person_id}",
        )
        for person_id in dict.fromkeys(one.change.person_id for one in told)
    ]
    new = [line for line in lines if not is_written_down(session, line)]
    if new:
        with log_in() as writing:
            for line in new:
                write_down(writing, line, now)
    return ToldPage(told, page.mark, page.more)


class _Ours:
    """What an organisation may know of some people: who is its employee, when, and cleared for it."""

    def __init__(
        self, session: Session, organisation_id: UUID, people: Collection[UUID], now: datetime
    ) -> None:
        self._organisation_id = organisation_id
        employed = select(Employment).where(
            known(Employment, now),
            col(Employment.person_id).in_(people),
            Employment.organisation_id == organisation_id,
        )
        by_age = session.exec(employed.order_by(col(Employment.valid_from))).all()
        self.numbers = {one.person_id: one.number for one in by_age}
        self._spans: dict[UUID, list[Span]] = defaultdict(list)
        for model in (Posting, CareerBreak):
            theirs = select(col(model.person_id), col(model.valid_from), col(model.valid_to)).where(
                known(model, now),
                col(model.person_id).in_(people),
                col(model.organisation_id) == organisation_id,
            )
            for person_id, begins, ends in session.exec(theirs):
                self._spans[person_id].append(Span(valid_from=begins, valid_to=ends))
        sponsored = select(Sponsorship.clearance_id).where(
            known(Sponsorship, now),
            col(Sponsorship.person_id).in_(people),
            Sponsorship.organisation_id == organisation_id,
        )
        self._sponsored = frozenset(session.exec(sponsored))

    def sees(self, change: FactChange) -> bool:
        """Whether it is of the organisation's own record, or of the person while they are theirs."""
        if change.kind is Kind.CLEARANCE:
            return change.fact_id in self._sponsored and self._works(change)
        if change.kind in OF_THE_PERSON:
            return self._works(change)
        return change.organisation_id == self._organisation_id

    def _works(self, change: FactChange) -> bool:
        return any(span.holds(change.changed_at) for span in self._spans[change.person_id])
