"""A person's record in words: every job, clearance, salary and address, past, present and to come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.display_formats import civil_date, civil_datetime, last_day, money
from app.pay_chart import PayChart, pay_chart
from app.portable_profile.words import (
    confidences,
    contracts,
    day_or_none,
    pay_reasons,
    share,
    source_in_words,
    statuses,
)
from app.translation import gettext as _
from profiles.clearances.models import Clearance, Sponsorship, SponsorshipKind
from profiles.clearances.policy import Judgement, Obstacle, judge
from profiles.employments.models import Posting, PostingKind
from profiles.employments.service import current_postings, employment_history
from profiles.entitlements.service import facts_of
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.organisations.offices import find_office, lines_of
from profiles.pay.models import PayAllowance
from profiles.pay.service import pay_history
from profiles.people.models import (
    BirthDate,
    IdentityProofing,
    PersonName,
    WorkAddress,
    WorkPhone,
    WorkPlace,
)
from profiles.people.service import display_name, name_of
from profiles.temporal import Fact, current, history


@dataclass(frozen=True)
class Job:
    """An employment as summary rows, with a row for each of its postings."""

    title: str
    when: str
    rows: list[tuple[str, str]]
    postings: list[list[str]]


@dataclass(frozen=True)
class ClearanceNow:
    """A clearance that the person holds, and whether and why it can be used."""

    level: str
    rows: list[tuple[str, str]]


class Record:
    """Reads one person's record and puts it in words; organisations and names are looked up once."""

    def __init__(self, session: Session, person_id: UUID, now: datetime) -> None:
        self._session, self._person_id, self._now = session, person_id, now
        tree = organisations.tree(session, now)
        self._organisations: Mapping[UUID, str] = {one.id: one.name for one in tree.organisations.values()}
        self._names: dict[UUID, str] = {}
        self._who = {"person_id": person_id}

    def jobs(self) -> list[Job]:
        """Every employment, the newest or the next to come first."""
        postings = history(self._session, Posting, self._now, **self._who)
        employments = employment_history(self._session, self._person_id, self._now)
        return [
            Job(
                title=self._organisation(one.organisation_id),
                when=self._when(one),
                rows=[
                    (_("Employment number"), one.number),
                    (_("Contract"), contracts()[one.contract_type]),
                    (_("In the Civil Service since"), civil_date(one.continuous_service_from)),
                    (_("From"), civil_date(one.valid_from)),
                    (_("Last day"), last_day(one.valid_to) if one.valid_to else _("No end date")),
                    (_("Recorded"), self._recorded(one)),
                ],
                postings=[
                    self._posting(posting)
                    for posting in reversed(postings)
                    if posting.employment_id == one.fact_id
                ],
            )
            for one in reversed(employments)
        ]

    def clearances(self) -> list[ClearanceNow]:
        """The clearances held now, with their sponsors, and whether they can be used at work."""
        facts = facts_of(self._session, self._person_id, self._now)
        works_in = [
            one.organisation_id for one in current_postings(self._session, self._person_id, self._now)
        ]
        limits = facts.surroundings.limits
        judged = judge(facts.clearances, facts.sponsorships, works_in, self._now, facts.caveats, limits)
        held = {
            one.fact_id: one
            for one in self._history(Clearance)
            if one.valid_from <= self._now and self._lives_on(one)
        }
        sponsors = [one for one in self._history(Sponsorship) if self._lives_on(one)]
        return [
            ClearanceNow(
                level=one.clearance.level.value,
                rows=[
                    (_("Status"), statuses()[one.clearance.status]),
                    (_("Can you use it?"), self._usable(one, works_in)),
                    (_("Sponsor"), self._sponsors(sponsors, one.clearance.clearance_id)),
                    (_("Granted"), day_or_none(held[one.clearance.clearance_id].decided_on)),
                    (_("Usable through"), day_or_none(one.clearance.expires_on)),
                    (_("Review due"), day_or_none(held[one.clearance.clearance_id].review_due_on)),
                ],
            )
            for one in judged
        ]

    def clearance_history(self) -> list[list[str]]:
        """Every status and every sponsor, the newest first."""
        rows: list[tuple[datetime, list[str]]] = []
        for one in self._history(Clearance):
            rows.append((one.valid_from, self._row(f"{one.level.value}: {statuses()[one.status]}", one)))
        levels = {one.fact_id: one.level.value for one in self._history(Clearance)}
        for sponsorship in self._history(Sponsorship):
            values = {
                "level": levels.get(sponsorship.clearance_id, _("Clearance")),
                "organisation": self._organisation(sponsorship.organisation_id),
            }
            if sponsorship.kind is SponsorshipKind.PRIMARY:
                what = _("%(level)s: sponsored by %(organisation)s", **values)
            else:
                what = _("%(level)s: shared with %(organisation)s", **values)
            rows.append((sponsorship.valid_from, self._row(what, sponsorship)))
        return [row for _at, row in sorted(rows, key=lambda pair: pair[0], reverse=True)]

    def pay(self) -> list[list[str]]:
        """Every salary, the newest or the next to come first."""
        return [
            [
                money(one.salary_pence),
                self._organisation(one.organisation_id),
                share(one.fte_thousandths),
                pay_reasons()[one.pay_reason],
                *self._span(one),
                self._recorded(one),
            ]
            for one in reversed(pay_history(self._session, self._person_id, self._now))
        ]

    def pay_chart(self) -> PayChart | None:
        """The same salaries, with allowances on top, as a picture."""
        return pay_chart(
            pay_history(self._session, self._person_id, self._now),
            self._history(PayAllowance),
            self._now,
            self._organisation,
        )

    def addresses(self) -> list[list[str]]:
        """Every work address, the newest first."""
        return [
            [
                one.address,
                self._organisation(one.organisation_id) if one.organisation_id else "–",
                *self._span(one),
                self._recorded(one),
            ]
            for one in reversed(self._history(WorkAddress))
        ]

    def phones(self) -> list[list[str]]:
        """Every work phone number, the newest first."""
        return [
            [one.number, self._organisation(one.organisation_id), *self._span(one), self._recorded(one)]
            for one in reversed(self._history(WorkPhone))
        ]

    def offices(self) -> list[list[str]]:
        """Every office that the person works or worked at, the newest first, with its address of today."""
        return [
            [
                self._office(one),
                self._organisation(one.organisation_id),
                *self._span(one),
                self._recorded(one),
            ]
            for one in reversed(self._history(WorkPlace))
        ]

    def birth_date(self) -> str:
        """When the person was born; empty when it is not recorded."""
        found = current(self._session, BirthDate, self._now, self._now, **self._who)
        return civil_date(found[0].born_on) if found else ""

    def identity_check(self) -> str:
        """How far the person's identity was checked, by whom, and on which day."""
        found = current(self._session, IdentityProofing, self._now, self._now, **self._who)
        if not found:
            return _("No check to GPG 45 is recorded")
        return _(
            "%(confidence)s confidence (GPG 45), by %(team)s, %(day)s",
            confidence=confidences()[found[0].confidence],
            team=found[0].checked_by,
            day=civil_date(found[0].valid_from),
        )

    def known_as(self) -> str:
        """The given name that the person is known by; empty when it is the legal one."""
        found = current(self._session, PersonName, self._now, self._now, **self._who)
        return found[0].known_as if found else ""

    def names(self) -> list[list[str]]:
        """Every legal name, the newest first."""
        return [
            self._row(" ".join(f"{one.given_names} {one.middle_names} {one.family_name}".split()), one)
            for one in reversed(self._history(PersonName))
        ]

    def _history(self, model: type[Any]) -> Sequence[Any]:
        return history(self._session, model, self._now, **self._who)

    def _office(self, one: WorkPlace) -> str:
        office = find_office(self._session, one.office_id, self._now)
        return ", ".join(lines_of(office)) if office else _("An office that has closed")

    def _posting(self, one: Posting) -> list[str]:
        return [
            one.job_title,
            self._grade(one),
            one.unit or "–",
            one.location or "–",
            _("On loan") if one.kind is PostingKind.HOST else _("Home"),
            *self._span(one),
            self._recorded(one),
        ]

    def _grade(self, one: Posting) -> str:
        """The employer's own label, and what it means everywhere."""
        at = one.valid_from if one.valid_from > self._now or not self._lives_on(one) else self._now
        try:
            grade = organisations.common_grade(
                self._session, one.organisation_id, one.local_grade, at, self._now
            )
        except NotFound:
            grade = None
        if grade is None or grade.value == one.local_grade:
            return one.local_grade
        return f"{one.local_grade} ({grade.value})"

    def _usable(self, one: Judgement, works_in: Iterable[UUID]) -> str:
        if one.usable:
            return _("Yes, in %(organisations)s", organisations=self._list(works_in))
        if one.obstacle is Obstacle.NOT_GRANTED:
            return _("No: it is still being decided")
        if one.obstacle is Obstacle.EXPIRED:
            return _("No: it expired after %(day)s", day=day_or_none(one.clearance.expires_on))
        if one.obstacle is Obstacle.CAVEAT:
            return _("No: a caveat keeps it from being used where you work")
        if one.obstacle is Obstacle.NOT_SPONSORED:
            return _("No: no organisation that you work in sponsors it or shares it")
        if one.obstacle is Obstacle.TOO_OLD:
            return _("No: it was decided longer ago than where you work accepts")
        return _("No: it is not active")

    def _sponsors(self, sponsorships: Iterable[Sponsorship], clearance_id: UUID) -> str:
        said = []
        for one in sponsorships:
            if one.clearance_id == clearance_id:
                name = self._organisation(one.organisation_id)
                if one.valid_from > self._now:
                    name = _("%(name)s, from %(day)s", name=name, day=civil_date(one.valid_from))
                elif one.valid_to is not None:
                    name = _("%(name)s, until %(day)s", name=name, day=last_day(one.valid_to))
                said.append(name)
        return "; ".join(said) or _("None")

    def _list(self, organisation_ids: Iterable[UUID]) -> str:
        return ", ".join(dict.fromkeys(self._organisation(one) for one in organisation_ids))

    def _organisation(self, organisation_id: UUID) -> str:
        return self._organisations.get(organisation_id, _("An organisation that has closed"))

    def _lives_on(self, fact: Fact) -> bool:
        return fact.valid_to is None or fact.valid_to > self._now

    def _when(self, fact: Fact) -> str:
        if fact.valid_from > self._now:
            return _("To come")
        return _("Now") if self._lives_on(fact) else _("Past")

    def _row(self, what: str, fact: Fact) -> list[str]:
        return [what, *self._span(fact), self._recorded(fact)]

    def _span(self, fact: Fact) -> list[str]:
        return [civil_date(fact.valid_from), last_day(fact.valid_to) if fact.valid_to else _("No end date")]

    def _recorded(self, fact: Fact) -> str:
        """When it was recorded, from what, and by whom where a person did it."""
        said = [civil_datetime(fact.recorded_at), source_in_words(fact.source)]
        if fact.recorded_by is not None:
            said.append(self._name(fact.recorded_by))
        return ", ".join(said)

    def _name(self, person_id: UUID) -> str:
        if person_id not in self._names:
            try:
                self._names[person_id] = display_name(name_of(self._session, person_id, self._now))
            except NotFound:
                self._names[person_id] = _("somebody whose name is gone")
        return self._names[person_id]
