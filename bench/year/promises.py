"""What was agreed for somebody, and whether it is so when the morning comes; apart from what is recorded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session

from bench.year.clock import Year
from bench.year.outside import Held, Outside
from profiles.clearances.models import SponsorshipKind
from profiles.clearances.policy import ClearanceFact, SponsorshipFact
from profiles.employments.models import Employment, PostingKind
from profiles.entitlements.facts import PersonFacts, PostingFact
from profiles.entitlements.policy import decide_all
from profiles.entitlements.service import access_of, all_rules, facts_of, surroundings_of
from profiles.pay.models import PayRecord
from profiles.people.models import BirthDate, IdentityProofing, PersonName
from profiles.temporal import current, history

Roles = Mapping[UUID, tuple[str, ...]]
ONE_IN = 20
"""So many people are looked at by the real endpoints; the others by the domain."""
_CARRIED = (PersonName, BirthDate, IdentityProofing, Employment)
_OF_THE_RECORD = frozenset({"id", "fact_id", "source", "reason", "valid_from", "valid_to", "person_id"})


@dataclass(frozen=True)
class Post:
    """A post as it was agreed."""

    organisation_id: UUID
    local_grade: str
    profession: str = ""
    kind: PostingKind = PostingKind.HOME


@dataclass
class Outcome:
    """What was seen; the lists name what went wrong, for whoever mends it."""

    mornings: int = 0
    wrong_mornings: list[str] = field(default_factory=list)
    outside: int = 0
    leaves: int = 0
    open_after_leave: list[str] = field(default_factory=list)
    first_pays: int = 0
    wrong_pays: list[str] = field(default_factory=list)
    typed: int = 0
    typed_again: list[str] = field(default_factory=list)
    ways: dict[str, int] = field(default_factory=dict)


@dataclass
class Watch:
    """Looks at people at the moments that count."""

    year: Year
    outside: Outside
    outcome: Outcome

    def came(self, way: str) -> None:
        """Count a move by how it went."""
        self.outcome.ways[way] = self.outcome.ways.get(way, 0) + 1

    def roles(self, person_id: UUID) -> Roles:
        """What the domain decides now, at every app that lets them in."""
        with self.year.reading() as session:
            decided = access_of(session, person_id, self.year.now)
            return {rules.app_id: decision.roles for rules, decision in decided if decision.allowed}

    def morning(self, person_id: UUID, promised: Roles, what: str) -> None:
        """The first sign-in of a first morning: exactly what was promised, at every app."""
        self.outcome.mornings += 1
        found = dict(self.roles(person_id))
        if self._is_sampled(self.outcome.mornings):
            browser = self.outside.browser_of(person_id)
            for app_id in {*found, *promised}:
                found[app_id] = self.outside.roles(self.outside.sign_in(browser, app_id))
            found = {app_id: roles for app_id, roles in found.items() if roles}
            self.outcome.outside += 1
        if found != dict(promised):
            self.outcome.wrong_mornings.append(f"{what}: {_said(found)} and not {_said(promised)}")

    def before_leaving(self, person_id: UUID) -> list[Held]:
        """Let a sampled person sign in where they may, on the evening before."""
        if not self._is_sampled(self.outcome.leaves + 1):
            return []
        browser = self.outside.browser_of(person_id)
        held = [self.outside.sign_in(browser, app_id) for app_id in self.roles(person_id)]
        return [one for one in held if one is not None]

    def after_leave(
        self, person_id: UUID, before: Roles, after: Roles, held: Sequence[Held], what: str
    ) -> None:
        """One minute after the instant, while no worker has run: what ended is closed in every way."""
        self.outcome.leaves += 1
        found, ended = self.roles(person_id), before.keys() - after.keys()
        still = {app_id: roles for app_id, roles in found.items() if app_id in ended}
        if still:
            self.outcome.open_after_leave.append(f"{what}: {_said(still)}")
        for one in held:
            if one.app_id in ended and not self.outside.is_over(one):
                self.outcome.open_after_leave.append(f"{what}: what an app held of them")

    def first_pay(self, person_id: UUID, employer: UUID, salary_pence: int, what: str) -> bool:
        """What payroll finds recorded on pay day is what was agreed, by this employer alone."""
        self.outcome.first_pays += 1
        with self.year.reading() as session:
            paid = current(session, PayRecord, self.year.now, self.year.now, person_id=person_id)
            found = [(one.organisation_id, one.salary_pence) for one in paid]
        right = found == [(employer, salary_pence)]
        if not right:
            self.outcome.wrong_pays.append(f"{what}: {found} and not {(employer, salary_pence)}")
        return right

    def typed(
        self, session: Session, person_id: UUID, form: Any, what: str, filled_in: Collection[str] = ()
    ) -> None:
        """Count what somebody filled in, and what of it Lanyard held of the person already.

        What the page has ``filled_in`` nobody types.
        """
        values = dict(form) if isinstance(form, Mapping) else vars(form)
        given = {
            name: value for name, value in values.items() if value not in (None, "") and name not in filled_in
        }
        self.outcome.typed += len(given)
        for model in _CARRIED:
            for one in history(session, model, self.year.now, person_id=person_id):
                for name, value in given.items():
                    if name in _columns(model) and getattr(one, name) == value:
                        self.outcome.typed_again.append(f"{what}: {name}")

    def _is_sampled(self, number: int) -> bool:
        return number % ONE_IN == 1


def promise(
    session: Session,
    now: datetime,
    at: datetime,
    person_id: UUID,
    posts: Sequence[Post],
    *,
    sponsors: Sequence[UUID] = (),
) -> Roles:
    """What ``decide`` says at ``at`` of these posts, with the clearances of now sponsored by ``sponsors``.

    Nothing that a move records enters into it.
    """
    held = facts_of(session, person_id, now)
    since, employment_id = at - timedelta(days=1), uuid4()
    clearances = [replace(one, valid_from=since, valid_to=None) for one in _held(held.clearances, now)]
    organisations = [*(one.organisation_id for one in posts), *sponsors]
    agreed = PersonFacts(
        person_id,
        postings=tuple(
            PostingFact(employment_id=employment_id, job_title="", valid_from=since, **vars(one))
            for one in posts
        ),
        clearances=tuple(clearances),
        sponsorships=tuple(
            SponsorshipFact(
                clearance_id=one.clearance_id,
                organisation_id=sponsor,
                kind=SponsorshipKind.PRIMARY,
                valid_from=since,
            )
            for one in clearances
            for sponsor in sponsors
        ),
        surroundings=surroundings_of(session, organisations, now),
    )
    decided = decide_all(agreed, all_rules(session, now), at)
    return {rules.app_id: decision.roles for rules, decision in decided if decision.allowed}


def _held(clearances: Sequence[ClearanceFact], now: datetime) -> list[ClearanceFact]:
    return [one for one in clearances if one.holds(now)]


def _columns(model: Any) -> frozenset[str]:
    return frozenset(model.model_fields) - _OF_THE_RECORD


def _said(roles: Roles) -> str:
    return ", ".join(sorted("/".join(each) for each in roles.values())) or "nothing"
