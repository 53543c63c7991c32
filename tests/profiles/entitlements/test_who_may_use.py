"""Who may use an app, asked of all people at once, is what is decided of each; and what a day changes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import HealthCheck, event, given, settings
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
    ClearanceStatus,
    Sponsorship,
    SponsorshipKind,
)
from profiles.columns import new_id
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.models import Entitlement
from profiles.entitlements.policy import decide
from profiles.entitlements.service import facts_and_rules
from profiles.entitlements.who_may_use import RolesChange, changes_on, who_may_use
from profiles.errors import Conflict, NotFound
from profiles.loads import Load
from profiles.organisations.models import LocalGrade
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact, end, record, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_employee, make_person

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
# Few instants, so that facts meet and touch; each is also a midnight at which a clearance may expire.
INSTANTS = st.integers(0, 4).map(lambda days: start_of_day(date(2026, 3, 1) + timedelta(days=days)))
ALWAYS = st.just((LONG_AGO, None))
SPANS = ALWAYS | ALWAYS | st.tuples(INSTANTS, INSTANTS | st.none())
WHERE = st.sampled_from([0, 0, 1, 2])
LEVELS = st.sampled_from([ClearanceLevel.SC, ClearanceLevel.SC, ClearanceLevel.DV, ClearanceLevel.AC])
PROFESSIONS = st.sampled_from(["Policy", "POLICY", "Straßenbau", "STRASSENBAU"])


def seldom(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly None: somebody whom every condition shuts out tells the questions apart by nothing."""
    return st.none() | st.none() | st.none() | strategy


def facts(what: str, **said: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A kind of fact with when it is so, what it says, and whether it is recorded an hour later."""
    return st.tuples(st.just(what), SPANS, st.fixed_dictionaries(said), st.sampled_from([0, 0, 1]))


POSTING = facts(
    "posting",
    organisation=WHERE,
    employment=st.sampled_from([0, 0, 1]),
    kind=st.sampled_from(PostingKind),
    local_grade=st.sampled_from(["Officer", "Higher Officer", "Higher Officer", "Contractor", "Unheard of"]),
    profession=PROFESSIONS,
)
CLEARANCE = facts(
    "clearance",
    level=LEVELS,
    status=st.sampled_from([ClearanceStatus.ACTIVE] * 3 + [ClearanceStatus.SUSPENDED]),
    expires_on=st.none() | INSTANTS.map(lambda at: at.date()),
)
SPONSORSHIP = facts("sponsorship", organisation=WHERE, level=LEVELS)
CAVEAT = facts("caveat", organisation=st.none() | WHERE, level=LEVELS, kind=st.sampled_from(CaveatKind))
GRANT = facts("grant", role_name=st.sampled_from(["caseworker", "unheard of"]))
PEOPLE = st.tuples(
    st.lists(POSTING, max_size=2),
    st.lists(CLEARANCE, max_size=2),
    st.lists(SPONSORSHIP, max_size=2),
    st.lists(CAVEAT, max_size=1),
    seldom(GRANT),
    seldom(facts("suspension")),
).map(lambda drawn: [*chain(*drawn[:4]), *(one for one in drawn[4:] if one is not None)])
RULES = st.tuples(
    st.sampled_from(["caseworker", "manager"]),
    SPANS,
    st.fixed_dictionaries(
        {
            "organisation": st.none() | WHERE,
            "include_subtree": st.booleans(),
            "grade_from": seldom(st.sampled_from(["EO", "HEO", "G7"])),
            "grade_to": seldom(st.sampled_from(["EO", "HEO"])),
            "profession": seldom(PROFESSIONS),
            "posting_kind": seldom(st.sampled_from(["home", "host", "nonsense"])),
            "least_clearance": seldom(st.sampled_from(["CTC", "SC", "AC", "nonsense"])) | st.just("SC"),
        }
    ),
)


@dataclass(frozen=True)
class World:
    """Three organisations, the last below the second; an app of the first with an agreement; four people."""

    organisation_ids: Sequence[UUID]
    app_id: UUID
    people: Sequence[UUID]

    def rule(self, role_name: str, span: Any, said: dict[str, Any]) -> AccessRule:
        return AccessRule(app_id=self.app_id, role_name=role_name, **self._placed(said), **_stamp(span, NOW))

    def fact(self, person_id: UUID, what: str, span: Any, said: dict[str, Any], later: int) -> Fact:
        values = self._placed(said)
        about = _stamp(span, NOW + timedelta(hours=later)) | {"person_id": person_id}
        if what == "posting":
            employment_id = uuid5(person_id, str(values.pop("employment")))
            return Posting(employment_id=employment_id, job_title="Caseworker", **values, **about)
        if what == "clearance":
            return Clearance(fact_id=uuid5(person_id, values["level"]), **values, **about)
        if what == "grant":
            return Entitlement(app_id=self.app_id, approved_by=person_id, **values, **about)
        if what == "suspension":
            return AccountSuspension(**about)
        clearance_id = uuid5(person_id, values.pop("level"))
        if what == "sponsorship":
            return Sponsorship(clearance_id=clearance_id, kind=SponsorshipKind.SHARED, **values, **about)
        return ClearanceCaveat(clearance_id=clearance_id, name="Caveat", **values, **about)

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
        app = make_app(session, NOW, hmrc)
        people = [make_person(session, NOW, f"person.{number}@hmrc.gov.uk") for number in range(4)]
        return World([hmrc.id, home_office.id, below.id], app.id, people)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    recorded=st.lists(PEOPLE, min_size=4, max_size=4),
    rules=st.lists(RULES, min_size=1, max_size=3),
    at=INSTANTS,
)
def test_everybody_who_may_use_an_app_is_everybody_who_is_let_in(
    engine: Engine, world: World, recorded: list[Any], rules: list[Any], at: datetime
) -> None:
    with open_session(engine, writes=True) as session:
        session.add_all(world.rule(*one) for one in rules)
        for person_id, theirs in zip(world.people, recorded, strict=True):
            for one in theirs:
                # What cannot be beside another fact is left out.
                with suppress(Conflict):
                    record(session, world.fact(person_id, *one))

        for known_at in (NOW, NOW + timedelta(hours=1)):
            for moment in (at, at - timedelta(microseconds=1)):
                decided = {
                    person_id: decide(*facts_and_rules(session, person_id, world.app_id, known_at), moment)
                    for person_id in world.people
                }
                allowed = {one: decision.roles for one, decision in decided.items() if decision.allowed}
                event(f"{len(allowed)} are let in")
                assert who_may_use(session, world.app_id, moment, known_at) == allowed
        session.rollback()


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
