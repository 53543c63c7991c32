"""Rules that a process remembers: another's change is seen at once, and time passes for them by itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, Select, delete, insert, inspect, select, update
from sqlmodel import Session, SQLModel, col

from app.database import open_session, transaction
from profiles.apps.models import AccessRule, Agreement, App, AppRole
from profiles.apps.roles import add_role
from profiles.columns import new_id
from profiles.disclosure.service import access
from profiles.entitlements import recorded_rules, service
from profiles.entitlements.facts import AppRules
from profiles.loads import Load
from profiles.organisations.models import LocalGrade, Organisation, OrganisationDetail
from profiles.temporal import end, replace, supersede
from profiles.versions.service import Kind, version_of
from tests.factories.apps import make_agreement, make_app, make_rule
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_employee


@dataclass(frozen=True)
class Place:
    """An app that its department's people may use, one of them, and the moment."""

    engine: Engine
    app_id: UUID
    organisation_id: UUID
    person_id: UUID
    now: datetime

    def rules(self, known_at: datetime | None = None) -> AppRules:
        """What a request of another process is told."""
        with open_session(self.engine, writes=False) as session:
            return service.rules_of(session, self.app_id, known_at or self.now)

    def roles(self, at: datetime | None = None) -> tuple[str, ...]:
        """Decided as a request of another process decides."""
        with open_session(self.engine, writes=False) as session:
            return access(session, self.person_id, self.app_id, at or self.now).roles


@pytest.fixture
def place(engine: Engine, now: datetime) -> Place:
    with transaction(engine) as session:
        organisation = make_organisation(session, now)
        app = make_app(session, now, organisation)
        make_rule(session, now, app, organisation_id=organisation.id)
        person_id = make_employee(session, now, organisation).person_id
        return Place(engine, app.id, organisation.id, person_id, now)


def test_rules_are_read_once(place: Place) -> None:
    assert place.rules() is place.rules()


def test_a_role_is_lost_with_the_rule_that_another_process_ends(place: Place, now: datetime) -> None:
    assert place.roles() == ("caseworker",)
    with transaction(place.engine) as session:
        rule = session.execute(select(AccessRule)).scalar_one()
        end(session, rule, now, now, PROVENANCE)
    assert place.roles() == ()


def test_a_rule_of_another_process_counts_at_once(place: Place, now: datetime) -> None:
    assert place.roles() == ("caseworker",)
    with transaction(place.engine) as session:
        make_rule(session, now, session.get_one(App, place.app_id), "manager")
    assert place.roles() == ("manager", "caseworker")


def test_an_agreement_that_another_process_retracts_is_gone(place: Place, now: datetime) -> None:
    assert place.roles() == ("caseworker",)
    with transaction(place.engine) as session:
        supersede(session, session.execute(select(Agreement)).scalar_one(), now, None)
    assert place.roles() == ()


def test_another_meaning_of_a_grade_counts_at_once(place: Place, now: datetime) -> None:
    with transaction(place.engine) as session:
        supersede(session, session.execute(select(AccessRule)).scalar_one(), now, None)
        make_rule(session, now, session.get_one(App, place.app_id), grade_from="HEO")
    assert place.roles() == ("caseworker",)
    with transaction(place.engine) as session:
        mine = select(LocalGrade).where(col(LocalGrade.label) == "Higher Officer")
        replace(session, session.execute(mine).scalar_one(), now, PROVENANCE, common_grade="AO")
    assert place.roles() == ()


def test_a_new_place_in_the_tree_counts_at_once(place: Place, now: datetime) -> None:
    with transaction(place.engine) as session:
        above = make_organisation(session, now, "TOP")
        make_rule(session, now, session.get_one(App, place.app_id), "manager", organisation_id=above.id)
    assert place.roles() == ("caseworker",)
    with transaction(place.engine) as session:
        mine = select(OrganisationDetail).where(
            col(OrganisationDetail.organisation_id) == place.organisation_id
        )
        replace(session, session.execute(mine).scalar_one(), now, PROVENANCE, parent_id=above.id)
    assert place.roles() == ("manager", "caseworker")


def test_a_role_of_another_process_is_known_at_once(place: Place, now: datetime) -> None:
    place.rules()
    with transaction(place.engine) as session:
        add_role(session, now, INITIATOR, place.app_id, "auditor", "Auditor", 3)
    assert place.rules().label_of("auditor") == "Auditor"


def test_rules_of_a_load_count_from_when_it_is_published(place: Place, now: datetime) -> None:
    with transaction(place.engine) as session:
        load = Load(
            organisation_id=place.organisation_id, kind="t", content_hash="1", rows_total=0, started_at=now
        )
        session.add(load)
        session.flush()
        session.execute(update(AccessRule).values(load_id=load.id))
    assert place.roles() == ()
    with transaction(place.engine) as session:
        session.execute(update(Load).values(published_at=now))
    assert place.roles() == ("caseworker",)


def test_what_is_taken_back_is_not_remembered(place: Place, now: datetime) -> None:
    with open_session(place.engine, writes=True) as session:
        make_rule(session, now, session.get_one(App, place.app_id), "manager")
        assert access(session, place.person_id, place.app_id, now).roles == ("manager", "caseworker")
        session.rollback()
    assert place.roles() == ("caseworker",)
    with transaction(place.engine) as session:
        add_role(session, now, INITIATOR, place.app_id, "auditor", "Auditor", 3)
    assert place.roles() == ("caseworker",)


def test_an_agreement_ends_by_itself(place: Place, now: datetime) -> None:
    tomorrow = now + timedelta(days=1)
    with transaction(place.engine) as session:
        supersede(session, session.execute(select(Agreement)).scalar_one(), now, None)
        make_agreement(session, now, session.get_one(App, place.app_id), valid_to=tomorrow)
    assert place.roles() == ("caseworker",)
    assert place.roles(at=tomorrow) == ()


def test_what_is_remembered_answers_for_what_was_known_before(place: Place, now: datetime) -> None:
    later = now + timedelta(hours=1)
    with transaction(place.engine) as session:
        make_rule(session, later, session.get_one(App, place.app_id), "manager", valid_from=LONG_AGO)
        supersede(session, session.execute(select(Agreement)).scalar_one(), later, None)
    before, after = place.rules(), place.rules(later)
    assert [len(rules.rules) for rules in (before, after)] == [1, 2]
    assert [len(rules.agreements) for rules in (before, after)] == [1, 0]


def _rows(session: Session, place: Place) -> dict[str, dict[str, Any]]:
    """A row for each table that is watched, to be inserted, changed and deleted."""
    fact = {
        "id": new_id(),
        "fact_id": new_id(),
        "valid_from": place.now,
        "recorded_at": place.now,
        "source": "test",
        "reason": "test",
    }
    code = {"id": uuid4(), "code": "NEW", "kind": "department"}
    about_app = {"app_id": place.app_id}
    return {
        "organisations": code,
        "apps": {
            "id": new_id(),
            "organisation_id": place.organisation_id,
            "name": "New",
            "home_url": "https://new.example",
            "contact": "c",
            "created_at": place.now,
        },
        "app_roles": about_app | {"id": new_id(), "name": "new", "label": "New", "rank": 9},
        "access_rules": fact | about_app | {"role_name": "new", "include_subtree": True},
        "agreements": fact
        | about_app
        | {
            "superseded_at": place.now,
            "purpose": "p",
            "lawful_basis": "contract",
            "claims": [],
            "retention": "",
            "contact": "",
            "dpia_reference": "",
            "acknowledge_within_seconds": 1,
        },
        "organisation_details": fact
        | {"organisation_id": place.organisation_id, "name": "New", "superseded_at": place.now},
        "local_grades": fact | {"organisation_id": place.organisation_id, "label": "New"},
    }


WATCHED: tuple[type[SQLModel], ...] = (
    Organisation,
    App,
    AppRole,
    AccessRule,
    Agreement,
    OrganisationDetail,
    LocalGrade,
)


@pytest.mark.parametrize("model", WATCHED, ids=lambda model: str(model.__tablename__))
def test_every_change_of_a_watched_table_renews_the_version(place: Place, model: type[SQLModel]) -> None:
    versions = []
    with transaction(place.engine) as session:
        values = _rows(session, place)[str(model.__tablename__)]
        one = inspect(model).primary_key[0] == values["id"]
        some_column = next(name for name in values if name not in {"id", "fact_id", "claims"})
        steps: Iterable[Callable[[], Any]] = (
            lambda: None,
            lambda: session.connection().execute(insert(model).values(values)),
            lambda: session.connection().execute(
                update(model).where(one).values({some_column: values[some_column]})
            ),
            lambda: session.connection().execute(delete(model).where(one)),
        )
        for step in steps:
            step()
            versions.append(version_of(session, Kind.RULES))
    assert len(set(versions)) == 4


def test_every_table_that_is_remembered_is_watched() -> None:
    statements: tuple[Select[Any], ...] = (
        *(recorded_rules._ORGANISATIONS, recorded_rules._GRADES),
        *recorded_rules._OF_ALL_APPS,
    )
    read = {
        element.name
        for statement in statements
        for source in statement.get_final_froms()
        for element in _tables(source)
    }
    assert read <= {str(model.__tablename__) for model in WATCHED} | {"loads"}


def _tables(source: Any) -> list[Any]:
    return [*_tables(source.left), *_tables(source.right)] if hasattr(source, "left") else [source]
