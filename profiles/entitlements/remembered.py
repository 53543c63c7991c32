"""Apps' rules, organisations and grades, as one process remembers them (ADR 0014).

What is remembered belongs to one version of the tables behind it: every question begins with reading the
version of now in its own transaction, and another version is another memory. Facts are remembered on both
time lines, so that nothing about time is: the same memory answers for every instant. No fact about a person
is ever in it.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import Session

from profiles.clearances.policy import LimitFact
from profiles.entitlements import recorded_rules
from profiles.entitlements.facts import (
    AgreementFact,
    AppRules,
    GradeFact,
    OrganisationFact,
    RoleView,
    RuleFact,
    Surroundings,
)
from profiles.errors import NotFound
from profiles.temporal import Span

MOST_SURROUNDINGS = 4096

AnyFact = TypeVar("AnyFact", bound=Span)
View = TypeVar("View")


@dataclass(frozen=True)
class Recorded(Generic[AnyFact]):
    """A version of a fact, and when we held it to be so: ``until`` is exclusive, None for still."""

    fact: AnyFact
    since: datetime
    until: datetime | None

    def known(self, at: datetime) -> bool:
        """Whether we held it to be so at ``at``."""
        return self.since <= at and (self.until is None or at < self.until)


class Views(Generic[View]):
    """What recorded facts amount to as known at an instant; each different answer is made once."""

    def __init__(self, recorded: Iterable[Recorded[Any]], make: Callable[[datetime], View]) -> None:
        instants = {instant for one in recorded for instant in (one.since, one.until)}
        self._turns = sorted(instant for instant in instants if instant is not None)
        self._make = make
        self._made: dict[int, View] = {}

    def at(self, known_at: datetime) -> View:
        """The view as known at ``known_at``."""
        turn = bisect_right(self._turns, known_at)
        if turn not in self._made:
            self._made[turn] = self._make(known_at)
        return self._made[turn]


class Memory:
    """What is remembered of one version; read when it is first asked for, and never changed after.

    Safe to share between threads: two that read the same at once only read it twice.
    """

    def __init__(self) -> None:
        self._organisations: dict[UUID, list[Recorded[OrganisationFact]]] | None = None
        self._grades: dict[UUID, list[Recorded[GradeFact]]] = {}
        self._limits: dict[UUID, list[Recorded[LimitFact]]] | None = None
        self._apps: dict[UUID, Views[AppRules]] = {}
        self._all_apps: tuple[UUID, ...] | None = None
        self._surroundings: dict[Any, Views[Surroundings]] = {}

    def rules_of(self, session: Session, app_id: UUID, known_at: datetime) -> AppRules:
        """An app with its rules as known at ``known_at``, over all of valid time. Raises NotFound."""
        if app_id not in self._apps:
            self._read_apps(session, app_id)
        if app_id not in self._apps:
            raise NotFound("There is no such app.")
        return self._apps[app_id].at(known_at)

    def all_rules(self, session: Session, known_at: datetime) -> list[AppRules]:
        """Every app with its rules, by name."""
        if self._all_apps is None:
            self._all_apps = self._read_apps(session, None)
        return [self._apps[app_id].at(known_at) for app_id in self._all_apps]

    def surroundings_of(
        self,
        session: Session,
        organisation_ids: Collection[UUID],
        known_at: datetime,
        labels: Collection[str] | None,
    ) -> Surroundings:
        """These organisations' names, all those above them and what their grades stand for."""
        key = (frozenset(organisation_ids), None if labels is None else frozenset(labels))
        if key not in self._surroundings:
            if len(self._surroundings) >= MOST_SURROUNDINGS:
                self._surroundings.clear()
            self._surroundings[key] = self._read_surroundings(session, *key)
        return self._surroundings[key].at(known_at)

    def _read_surroundings(
        self, session: Session, organisation_ids: frozenset[UUID], labels: frozenset[str] | None
    ) -> Views[Surroundings]:
        all_organisations, all_grades = self._read_organisations(session), self._grades
        if unread := [one for one in organisation_ids if one not in all_grades]:
            read = _grouped(recorded_rules.grades(session, unread), "organisation_id", GradeFact)
            all_grades.update({one: read.get(one, []) for one in unread})
        organisations = _and_those_above(organisation_ids, all_organisations)
        grades = [
            one
            for organisation_id in organisation_ids
            for one in all_grades[organisation_id]
            if labels is None or one.fact.label in labels
        ]

        limits = [one for each in organisation_ids for one in self._read_limits(session).get(each, ())]

        def as_known(known_at: datetime) -> Surroundings:
            chain = _and_those_above(organisation_ids, all_organisations, known_at)
            return Surroundings(_known(chain, known_at), _known(grades, known_at), _known(limits, known_at))

        return Views([*organisations, *grades, *limits], as_known)

    def limits(self, session: Session, known_at: datetime) -> tuple[LimitFact, ...]:
        """Every organisation's limits of the use of clearances, over all of valid time."""
        return tuple(one for those in self._read_limits(session).values() for one in _known(those, known_at))

    def _read_limits(self, session: Session) -> dict[UUID, list[Recorded[LimitFact]]]:
        if self._limits is None:
            self._limits = _grouped(recorded_rules.limits(session), "organisation_id", LimitFact)
        return self._limits

    def _read_organisations(self, session: Session) -> dict[UUID, list[Recorded[OrganisationFact]]]:
        if self._organisations is None:
            rows = recorded_rules.organisations(session)
            self._organisations = _grouped(rows, "organisation_id", OrganisationFact)
        return self._organisations

    def _read_apps(self, session: Session, app_id: UUID | None) -> tuple[UUID, ...]:
        """Read one app, or all; return their ids, by name."""
        organisations = self._read_organisations(session)
        apps, roles, rules, agreements = recorded_rules.apps(session, app_id)
        rules_by_app = _grouped(rules, "app_id", RuleFact)
        agreements_by_app = _grouped(agreements, "app_id", AgreementFact)
        roles_by_app: dict[UUID, list[RoleView]] = {}
        for role in roles:
            view = RoleView(name=role.name, label=role.label, rank=role.rank)
            roles_by_app.setdefault(role.app_id, []).append(view)
        for app in apps:
            self._apps[app.app_id] = _views_of_app(
                app,
                tuple(roles_by_app.get(app.app_id, ())),
                rules_by_app.get(app.app_id, []),
                agreements_by_app.get(app.app_id, []),
                organisations,
            )
        return tuple(app.app_id for app in apps)


@lru_cache(maxsize=8)
def memory_of(version: str) -> Memory:
    """What this process remembers of a version. Versions are random: no two databases share one by chance."""
    return Memory()


def _views_of_app(
    app: Row[Any],
    roles: tuple[RoleView, ...],
    rules: list[Recorded[RuleFact]],
    agreements: list[Recorded[AgreementFact]],
    organisations: dict[UUID, list[Recorded[OrganisationFact]]],
) -> Views[AppRules]:
    spoken_of = dict.fromkeys([app.organisation_id, *(one.fact.organisation_id for one in rules)])
    others = [one for one in spoken_of if one is not None and one != app.organisation_id]
    names = _and_those_above([app.organisation_id], organisations)
    names += [one for each in others for one in organisations.get(each, ()) if one not in names]
    values = dict(app._mapping)

    def as_known(known_at: datetime) -> AppRules:
        return AppRules(
            **values,
            roles=roles,
            rules=_known(rules, known_at),
            agreements=_known(agreements, known_at),
            surroundings=Surroundings(_known(names, known_at)),
        )

    return Views([*rules, *agreements, *names], as_known)


def _and_those_above(
    organisation_ids: Iterable[UUID],
    organisations: dict[UUID, list[Recorded[OrganisationFact]]],
    known_at: datetime | None = None,
) -> list[Recorded[OrganisationFact]]:
    """These organisations and, over all of valid time, everything above them; None is whenever known."""
    to_do, seen, chain = list(organisation_ids), set[UUID](), list[Recorded[OrganisationFact]]()
    while to_do:
        organisation_id = to_do.pop()
        if organisation_id in seen:
            continue
        seen.add(organisation_id)
        for one in organisations.get(organisation_id, ()):
            if known_at is None or one.known(known_at):
                chain.append(one)
                to_do += [one.fact.parent_id] if one.fact.parent_id is not None else []
    return chain


def _known(recorded: Iterable[Recorded[AnyFact]], known_at: datetime) -> tuple[AnyFact, ...]:
    return tuple(one.fact for one in recorded if one.known(known_at))


def _grouped(rows: Iterable[Row[Any]], by: str, kind: type[AnyFact]) -> dict[UUID, list[Recorded[AnyFact]]]:
    """Recorded facts by a column; it is the fact's own too, where the fact has one of that name."""
    groups: dict[UUID, list[Recorded[AnyFact]]] = {}
    for row in rows:
        values = dict(row._mapping)
        recorded_at, published_at = values.pop("recorded_at"), values.pop("published_at")
        until, key = values.pop("superseded_at"), values[by]
        if by not in kind.__dataclass_fields__:
            del values[by]
        if "claims" in values:
            values["claims"] = tuple(values["claims"])
        since = recorded_at if published_at is None else max(recorded_at, published_at)
        groups.setdefault(key, []).append(Recorded(kind(**values), since, until))
    return groups
