"""Who may use an app, asked of all people at once, is what is decided of each; and what a day changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update
from sqlmodel import Session

from app.database import open_session, transaction
from profiles.apps.models import AccessRule
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    CaveatKind,
    Clearance,
    ClearanceCaveat,
    ClearanceLimit,
    ClearanceStatus,
    Sponsorship,
    SponsorshipKind,
)
from profiles.columns import new_id
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.facts import GradeFact, Surroundings
from profiles.entitlements.models import Entitlement
from profiles.entitlements.policy import decide
from profiles.entitlements.service import facts_and_rules, rules_of, surroundings_of
from profiles.entitlements.who_may_use import Placed, RolesChange, changes_on, roles_by, who_may_use
from profiles.errors import NotFound
from profiles.loads import Load
from profiles.organisations import changing
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact, civil_date, current, end, excluding, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.clearances import make_clearance
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_employee, make_person
from tests.support.thorough import examples

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE_IN_IT = 25
# Few instants, so that facts meet and touch; each is also a midnight at which a clearance may expire.
INSTANTS = [start_of_day(date(2026, 3, 1) + timedelta(days=days)) for days in range(5)]
PROFESSIONS = ["Policy", "POLICY", "Straßenbau", "STRASSENBAU"]


class Chance:
    """Draws facts and rules that mostly let people in: whom several conditions shut out tells nothing.

    Of a seed, each by itself: what Hypothesis draws in one example is alike, so that what only several things
    together bring about comes about too seldom.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def of(self, *values: Any) -> Any:
        """One of these."""
        return self._random.choice(values)

    def mostly(self, usual: Any, *others: Any) -> Any:
        """The usual three times in four."""
        return self.of(*others) if self._random.random() < 0.25 else usual

    def span(self) -> Any:
        return self.mostly((LONG_AGO, None), (self.of(*INSTANTS), self.of(*INSTANTS, None, None)))

    def supposed(self, organisation_ids: Sequence[UUID]) -> GradeFact:
        """A grade, and what it might stand for."""
        return GradeFact(
            organisation_id=self.of(*organisation_ids),
            label=self.of("Turning", "Officer", "Higher Officer", "Unheard of"),
            common_grade=self.of(None, CommonGrade.AO, CommonGrade.HEO, CommonGrade.G7),
            valid_from=LONG_AGO,
        )

    def level(self) -> ClearanceLevel:
        levels = (ClearanceLevel.DV, ClearanceLevel.AC, ClearanceLevel.CTC)
        found: ClearanceLevel = self.mostly(ClearanceLevel.SC, *levels)
        return found

    def rule(self) -> dict[str, Any]:
        return {
            "organisation": self.mostly(1, 0, 2, None),
            "include_subtree": self.of(True, False),
            "grade_from": self.mostly(None, "EO", "HEO", "G7"),
            "grade_to": self.mostly(None, "AO", "EO", "HEO"),
            "profession": self.mostly(None, *PROFESSIONS),
            "posting_kind": self.mostly(None, "home", "host", "nonsense"),
            "least_clearance": self.mostly(self.of("SC", "SC", None), "CTC", "AC", "nonsense"),
        }

    def facts(self) -> Iterator[tuple[type[Fact], dict[str, Any]]]:
        """What is recorded of somebody, mostly at one organisation; half of the people are on loan."""
        near, is_lent, level = self.of(1, 1, 2, 0), self.of(True, False), self.level()
        yield Posting, self._posting(PostingKind.HOME, self.mostly(near, 0, 1, 2))
        for _ in range(self.mostly(1, 2) if is_lent else 0):
            yield Posting, self._posting(PostingKind.HOST, self.of(0, 1, 2))
        for _ in range(self.mostly(1, 0, 2)):
            yield Clearance, self._clearance(level)
        for _ in range(self.mostly(1, 0, 2)):
            sponsor = self.of(near, near, 0, 1, 2)
            yield Sponsorship, {"level": self.mostly(level, self.level()), "organisation": sponsor}
        if self.of(True, False):
            kind, place = self.of(*CaveatKind, CaveatKind.ORGANISATION), self.of(near, 0, 1, 2, None)
            yield ClearanceCaveat, {"level": level, "organisation": place, "kind": kind}
        if self.mostly(False, True):
            yield Entitlement, {"role_name": self.of("caseworker", "unheard of")}
        if self.of(*[False] * 9, True):
            yield AccountSuspension, {}

    def grades(self) -> Iterator[tuple[CommonGrade | None, Any, int, int | None]]:
        """What one grade stands for: its meaning turns on a day, is told late, or corrected an hour later."""
        turns, told, corrected = self.of(*INSTANTS), self.mostly(-1, 1), self.mostly(None, 1)
        meanings = (None, CommonGrade.AO, CommonGrade.EO, CommonGrade.HEO, CommonGrade.G7)
        yield self.of(*meanings), (LONG_AGO, turns), -1, None
        yield self.of(*meanings), (turns, None), told, corrected
        if corrected is not None:
            yield self.of(*meanings), (turns, self.mostly(None, INSTANTS[-1] + timedelta(days=1))), 1, None

    def _clearance(self, level: ClearanceLevel) -> dict[str, Any]:
        return {
            "level": self.mostly(level, self.level()),
            "status": self.mostly("active", "suspended", "transfer_requested"),
            "expires_on": self.of(None, self.of(*INSTANTS).date()),
            "decided_on": self.mostly(self.decision(), None),
        }

    def decision(self) -> date:
        """A day whose 5, 7 or 10 years are over on one of the instants."""
        day: date = self.of(*INSTANTS).date()
        return day.replace(year=day.year - self.of(5, 5, 7, 10))

    def limits(self) -> Iterator[dict[str, Any]]:
        """For how long each organisation uses some of the levels."""
        for organisation in range(3):
            for level in (ClearanceLevel.SC, ClearanceLevel.CTC):
                if self.of(True, False):
                    yield {"organisation": organisation, "level": level, "years": self.of(5, 7)}

    def _posting(self, kind: PostingKind, organisation: int) -> dict[str, Any]:
        return {
            "kind": kind,
            "organisation": organisation,
            "employment": self.mostly(0, 1),
            "local_grade": self.mostly(
                "Higher Officer", "Officer", "Turning", "Turning", "Contractor", "Unheard of"
            ),
            "profession": self.of(*PROFESSIONS),
        }


@dataclass(frozen=True)
class World:
    """Three organisations, the last below the second; an app of one with an agreement; some people."""

    organisation_ids: Sequence[UUID]
    app_ids: Sequence[UUID]
    app_id: UUID
    people: Sequence[UUID]

    def rule(self, chance: Chance) -> AccessRule:
        role_name, values = chance.of("caseworker", "manager"), self._placed(chance.rule())
        return AccessRule(app_id=self.app_id, role_name=role_name, **values, **_stamp(chance.span(), NOW))

    def limits(self, chance: Chance) -> list[ClearanceLimit]:
        return [
            ClearanceLimit(
                **self._placed(said), **_stamp(chance.span(), NOW + timedelta(hours=chance.of(0, 1)))
            )
            for said in chance.limits()
        ]

    def facts(self, person_id: UUID, chance: Chance) -> list[Fact]:
        """Of those that exclude each other when their times meet, the first."""
        found: dict[Any, Fact] = {}
        for model, said in chance.facts():
            recorded_at = NOW + timedelta(hours=chance.mostly(0, 1))
            values = {"person_id": person_id} | self._placed(said) | _stamp(chance.span(), recorded_at)
            fact = model(**values | self._named(model, person_id, values))
            same = excluding(fact)
            if same:
                found.setdefault((model, *same.values()), fact)
            else:
                found[fact.id] = fact
        return list(found.values())

    def grades(self, chance: Chance) -> Iterator[LocalGrade]:
        """What "Turning" stands for at the second organisation."""
        for grade, span, told, until in chance.grades():
            stamp = _stamp(span, NOW + timedelta(hours=told))
            superseded_at = None if until is None else NOW + timedelta(hours=until)
            values = {"organisation_id": self.organisation_ids[1], "label": "Turning", "common_grade": grade}
            if superseded_at is None or superseded_at > stamp["recorded_at"]:
                yield LocalGrade(**values, **stamp, superseded_at=superseded_at)

    def move_below(self, session: Session, chance: Chance) -> None:
        """Mostly nothing; else the last organisation comes under another on a day, told late."""
        if chance.mostly(False, True):
            changing.place(
                session,
                NOW + timedelta(hours=chance.of(0, 1)),
                PROVENANCE,
                INITIATOR,
                organisation_id=self.organisation_ids[2],
                parent_id=chance.of(None, self.organisation_ids[0]),
                first_day=civil_date(chance.of(*INSTANTS)),
            )

    def _named(self, model: type[Fact], person_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
        """Ids that follow from whose it is and what it says."""
        if model is Posting:
            employment_id = uuid5(person_id, str(values.pop("employment")))
            return {"employment_id": employment_id, "job_title": "Caseworker"}
        if model is Entitlement:
            return {"app_id": self.app_id, "approved_by": person_id}
        if model is AccountSuspension:
            return {}
        clearance_id = uuid5(person_id, values["level"])
        if model is Clearance:
            return {"fact_id": clearance_id, "status": ClearanceStatus(values["status"])}
        del values["level"]
        if model is Sponsorship:
            return {"clearance_id": clearance_id, "kind": SponsorshipKind.SHARED}
        return {"clearance_id": clearance_id, "name": "Caveat"}

    def _placed(self, said: dict[str, Any]) -> dict[str, Any]:
        values = dict(said)
        if "organisation" in values:
            place = values.pop("organisation")
            values["organisation_id"] = None if place is None else self.organisation_ids[place]
        return values


def _stamp(span: Any, at: datetime) -> dict[str, Any]:
    begins, ends = span
    if ends is not None and ends <= begins:
        ends = begins + timedelta(hours=12)
    return PROVENANCE.stamp(at, begins, ends)


@pytest.fixture
def world(engine: Engine) -> World:
    with transaction(engine) as session:
        home_office = make_organisation(session, NOW, "HO")
        below = make_organisation(session, NOW, "HMPO", parent=home_office)
        hmrc = make_organisation(session, NOW)
        apps = [make_app(session, NOW, owner, owner.code).id for owner in (hmrc, home_office, below)]
        people = [make_person(session, NOW, f"person.{number}@hmrc.gov.uk") for number in range(PEOPLE_IN_IT)]
        return World([hmrc.id, home_office.id, below.id], apps, apps[0], people)


@settings(
    max_examples=examples(60),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_everybody_who_may_use_an_app_is_everybody_who_is_let_in(
    engine: Engine, world: World, seed: int
) -> None:
    chance = Chance(seed)
    at, world = chance.of(*INSTANTS), replace(world, app_id=chance.of(*world.app_ids))
    with open_session(engine, writes=True) as session:
        session.add_all(world.rule(chance) for _ in range(chance.of(2, 3)))
        session.add_all(world.grades(chance))
        session.add_all(world.limits(chance))
        world.move_below(session, chance)
        for person_id in world.people:
            session.add_all(world.facts(person_id, chance))
        session.flush()

        # One point of both time lines an example: building and compiling the questions is what costs.
        known_at = chance.of(NOW, NOW + timedelta(hours=1))
        moment = chance.of(at, at - timedelta(microseconds=1))
        assert who_may_use(session, world.app_id, moment, known_at) == let_in(
            session, world, moment, known_at
        )
        app = rules_of(session, world.app_id, known_at)
        grade, supposes = chance.supposed(world.organisation_ids), chance.of(True, False)
        asked = roles_by(session, app, moment, known_at, grade=grade, supposes=supposes)
        expected = let_in(session, world, moment, known_at, grade if supposes else None)
        having = holders(session, world, grade, moment, known_at)
        assert asked == {one: roles for one, roles in expected.items() if one in having}
        placed = Placed(world.organisation_ids[2], chance.of(None, world.organisation_ids[0]))
        assert roles_by(session, app, moment, known_at, placed=placed) == let_in(
            session, world, moment, known_at, placed=placed
        )
        session.rollback()


def let_in(
    session: Session,
    world: World,
    moment: datetime,
    known_at: datetime,
    supposed: GradeFact | None = None,
    placed: Placed | None = None,
) -> dict[UUID, Any]:
    """Whom a decision on each by themselves lets in; with a grade, if it stood for what that one says.

    With a place, if the organisation were there.
    """
    found: dict[UUID, Any] = {}
    for person_id in world.people:
        facts, rules = facts_and_rules(session, person_id, world.app_id, known_at)
        if supposed is not None:
            around = facts.surroundings
            others = tuple(
                one
                for one in around.grades
                if (one.organisation_id, one.label) != (supposed.organisation_id, supposed.label)
            )
            facts = replace(facts, surroundings=replace(around, grades=(supposed, *others)))
        if placed is not None:
            facts = replace(facts, surroundings=put(session, facts.surroundings, placed, known_at))
            rules = replace(rules, surroundings=put(session, rules.surroundings, placed, known_at))
        decision = decide(facts, rules, moment)
        if decision.allowed:
            found[person_id] = decision.roles
    return found


def put(session: Session, around: Surroundings, placed: Placed, known_at: datetime) -> Surroundings:
    """The same with one organisation under another, or under none."""
    moved = tuple(
        replace(one, parent_id=placed.parent_id) if one.organisation_id == placed.organisation_id else one
        for one in around.organisations
    )
    above = [placed.parent_id] if placed.parent_id is not None else []
    return replace(around, organisations=moved).joined(surroundings_of(session, above, known_at, labels=()))


def holders(
    session: Session, world: World, grade: GradeFact, moment: datetime, known_at: datetime
) -> set[UUID]:
    """Whose posts have this grade."""
    return {
        one.person_id
        for one in current(session, Posting, moment, known_at, local_grade=grade.label)
        if one.organisation_id == grade.organisation_id
    }


def test_nobody_may_use_an_app_without_an_agreement(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    app = make_app(session, now, hmrc, agreed_until=now)
    make_rule(session, now, app)
    make_employee(session, now, hmrc)
    assert who_may_use(session, app.id, now, now) == {}
    assert len(who_may_use(session, app.id, now - timedelta(seconds=1), now)) == 1


def test_an_unknown_app_is_not_found(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        who_may_use(session, uuid4(), now, now)


def test_people_of_a_load_count_from_when_it_is_published(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    app = make_app(session, now, hmrc)
    make_rule(session, now, app)
    person_id = make_employee(session, now, hmrc).person_id
    load = Load(
        id=new_id(), organisation_id=hmrc.id, kind="t", content_hash="1", rows_total=0, started_at=now
    )
    session.add(load)
    session.flush()
    session.execute(update(Posting).values(load_id=load.id))
    assert who_may_use(session, app.id, now, now) == {}
    load.published_at = now
    assert who_may_use(session, app.id, now, now) == {person_id: ("caseworker",)}


def test_a_grade_counts_as_it_was_known(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    app = make_app(session, now, hmrc)
    make_rule(session, now, app, grade_from="HEO")
    person_id = make_employee(session, now, hmrc).person_id
    later = now + timedelta(hours=1)
    session.execute(
        update(LocalGrade).where(LocalGrade.label == "Higher Officer").values(superseded_at=later)  # type: ignore[arg-type]
    )
    assert who_may_use(session, app.id, later, now) == {person_id: ("caseworker",)}
    assert who_may_use(session, app.id, later, later) == {}


def test_a_day_changes_the_roles_of_whom_it_moves(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    app = make_app(session, now, hmrc)
    make_rule(session, now, app, organisation_id=hmrc.id)
    make_rule(session, now, app, "manager", organisation_id=hmrc.id, grade_from="SEO")
    day = date(2026, 4, 1)
    leaver = make_employee(session, now, hmrc, "ann.leaver")
    starter = make_employee(session, now, hmrc, "bob.starter", since=day, local_grade="Senior Officer")
    make_employee(session, now, hmrc, "cem.stays")
    make_employee(session, now, home_office, "dee.elsewhere", since=day)
    end(session, leaver, start_of_day(day), now, PROVENANCE)

    assert changes_on(session, app.id, day, now) == {
        leaver.person_id: RolesChange(("caseworker",), ()),
        starter.person_id: RolesChange((), ("manager", "caseworker")),
    }
    assert changes_on(session, app.id, day - timedelta(days=1), now) == {}


def test_hundreds_of_organisations_may_limit_how_long_they_use_clearances(
    session: Session, now: datetime
) -> None:
    hmrc, app_of = make_organisation(session, now), make_organisation(session, now, "HO")
    app = make_app(session, now, app_of)
    make_rule(session, now, app, least_clearance="CTC")
    people = [make_employee(session, now, hmrc, f"{one}.cleared").person_id for one in ("ann", "bob")]
    for person_id, decided_on in zip(people, (date(2020, 3, 2), date(2022, 3, 2)), strict=True):
        make_clearance(session, now, person_id, hmrc, decided_on=decided_on, expires_on=date(2029, 12, 31))
    others = [make_organisation(session, now, f"O{number}") for number in range(200)]
    for organisation in (hmrc, *others):
        for level in (ClearanceLevel.SC, ClearanceLevel.CTC, ClearanceLevel.DV):
            limit = {"organisation_id": organisation.id, "level": level, "years": 5}
            session.add(ClearanceLimit(**limit, **PROVENANCE.stamp(now, LONG_AGO)))
    session.flush()
    assert who_may_use(session, app.id, now, now) == {people[1]: ("caseworker",)}
