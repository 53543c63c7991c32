"""Somebody was taken for somebody else in an import: it is taken back, and imports go on."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from app.record_import import RecordImport
from profiles.employments.models import Employment
from profiles.imports.records import waiting_people
from profiles.imports.records.export import Export
from profiles.imports.records.models import ImportState, PossibleDuplicate, SourceRecord
from profiles.merges import service, unions
from profiles.merges.models import MergeRequest
from profiles.merges.splitting import Owner, parts_of
from profiles.pay.models import PayRecord
from profiles.people.models import BirthDate, PersonName
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from profiles.temporal import as_of, current
from tests.app.imports.test_history_round_trip import elsewhere
from tests.factories.importing import Importing
from tests.factories.people import give_role, make_person
from tests.factories.records import person_records
from tests.support.databases import fresh_database


def twin_records() -> list[dict[str, Any]]:
    """Somebody of the same name and birthday, under keys and a number of their own."""
    return [
        one
        | {
            name: one[name].replace("1", "7")
            for name in ("source_key", "person", "employment")
            if name in one
        }
        for one in person_records("1", number="NO-7")
    ]


class Mistaken:
    """A department whose second person was taken for the first, and its three officers."""

    def __init__(
        self, importing: Importing, engine: Engine, second: list[dict[str, Any]] | None = None
    ) -> None:
        self.importing, self.engine = importing, engine
        self.people = [*person_records("1"), *twin_records()]
        importing.whole(*person_records("1"))
        self.first = importing.person("NO-1")
        importing.whole(*(second or self.people))
        with transaction(engine) as session:
            self.officers = [
                make_person(session, importing.now, f"{name}@hmrc.gov.uk")
                for name in ("olga.officer", "sam.second", "una.security")
            ]
            for officer, role in zip(
                self.officers, (Role.HR_OFFICER, Role.HR_OFFICER, Role.SECURITY_OFFICER), strict=True
            ):
                give_role(session, importing.now, officer, role, importing.organisation_id)
            duplicate = session.exec(select(PossibleDuplicate)).one()
            again = waiting_people.settle_duplicate(
                session,
                importing.now,
                duplicate,
                permissions_of(session, self.officers[0], importing.now),
                is_same=True,
                officer_id=self.officers[0],
            )
        assert again is not None
        importing.now += timedelta(hours=1)
        importing.publish(RecordImport(engine, again, clock=lambda: importing.now))

    def ask(self, session: Session, choices: dict[UUID, Owner] | None = None) -> MergeRequest:
        [answer] = unions.answered_same(session, self.first)
        return service.propose_split(
            session,
            self.importing.now,
            self.officers[0],
            unions.open_duplicate(session, answer),
            organisation_id=self.importing.organisation_id,
            choices=choices or {},
            names={"given_names": "Ann", "family_name": "Another"},
            reason="They are twins",
        )

    def take_back(self, choices: dict[UUID, Owner] | None = None) -> UUID:
        """Split, an hour later; return the new record's person."""
        self.importing.now += timedelta(hours=1)
        now = self.importing.now
        with transaction(self.engine) as session:
            request = self.ask(session, choices)
            for part, officer in (("second", self.officers[1]), ("security", self.officers[2])):
                allowed = permissions_of(session, officer, now)
                done = service.agree(session, now, request, part, officer, allowed)
        assert done is not None
        return done.other_id

    def numbers(self) -> dict[UUID, set[str]]:
        found: dict[UUID, set[str]] = {}
        for one in self.importing.seen(Employment):
            found.setdefault(one.person_id, set()).add(one.number)
        return found


@pytest.fixture
def mistaken(importing: Importing, engine: Engine) -> Mistaken:
    """They, on both databases."""
    return Mistaken(importing, engine)


def test_what_their_keys_sent_is_suggested_as_theirs(mistaken: Mistaken) -> None:
    assert mistaken.numbers() == {mistaken.first: {"NO-1", "NO-7"}}
    with transaction(mistaken.engine) as session:
        merge = unions.get(session, mistaken.ask(session).merge_id)
        asked = [one for one in parts_of(session, merge, mistaken.importing.now) if one.asked]
    assert [(one.kind, one.owner) for one in asked] == [("employment", Owner.OTHER)]


def test_the_new_record_has_what_their_keys_sent_and_their_name(mistaken: Mistaken) -> None:
    other = mistaken.take_back()
    assert mistaken.numbers() == {mistaken.first: {"NO-1"}, other: {"NO-7"}}
    paid = {one.person_id for one in mistaken.importing.seen(PayRecord)}
    assert paid == {mistaken.first, other}
    with transaction(mistaken.engine) as session:
        now = mistaken.importing.now
        [name] = current(session, PersonName, now, now, person_id=other)
        [born] = session.exec(
            select(BirthDate).where(as_of(BirthDate, now, now), BirthDate.person_id == other)
        )
        assert (name.given_names, born.person_id) == ("Ann", other)


def test_the_same_files_go_on_and_then_change_nothing(mistaken: Mistaken) -> None:
    other = mistaken.take_back()
    mistaken.importing.let_master("name")
    mistaken.importing.whole(*mistaken.people)
    assert mistaken.numbers() == {mistaken.first: {"NO-1"}, other: {"NO-7"}}
    names = {one.person_id: one.given_names for one in mistaken.importing.seen(PersonName)}
    assert names[other] == names[mistaken.first]
    again = mistaken.importing.begin(*mistaken.people)
    checked = again.check(0)
    assert (checked.state, checked.counts["unchanged"]) == (ImportState.READY, len(mistaken.people))


def test_a_source_keeps_apart_whom_it_means_by_which_key(mistaken: Mistaken) -> None:
    with transaction(mistaken.engine) as session:
        keys = set(
            session.exec(select(SourceRecord.person_key).where(col(SourceRecord.person_id) == mistaken.first))
        )
    assert keys == {"P1", "P7"}


def test_a_whole_past_with_a_union_in_it_comes_in_elsewhere(mistaken: Mistaken) -> None:
    united_at = mistaken.importing.now
    mistaken.take_back()
    now = mistaken.importing.now
    with transaction(mistaken.engine) as session:
        leaving = Export(session, now, organisation_id=mistaken.importing.organisation_id, with_history=True)
        content = b"".join(leaving.lines())
    assert leaving.left_out == 0
    with fresh_database("sqlite") as url, elsewhere(url, content, b"") as there:
        assert [numbers_by_person(there.engine, at) for at in (united_at, now)] == [
            [["NO-1", "NO-7"]],
            [["NO-1"], ["NO-7"]],
        ]


def numbers_by_person(engine: Engine, at: datetime) -> list[list[str]]:
    """The numbers that each had at a moment, as known then."""
    with open_session(engine, writes=False) as session:
        held = session.exec(select(Employment).where(as_of(Employment, at, at))).all()
    people = {one.person_id for one in held}
    return sorted(sorted(one.number for one in held if one.person_id == person_id) for person_id in people)


def test_who_was_sent_under_a_number_of_somebody_else_is_new_to_the_next_file(
    importing: Importing, engine: Engine
) -> None:
    stranger = person_records("8", number="NO-1", given_names="Grace")
    mistaken = Mistaken(importing, engine, stranger)
    assert {one.person_id for one in importing.seen(PersonName)} >= {mistaken.first}
    with transaction(engine) as session:
        merge = unions.get(session, mistaken.ask(session).merge_id)
        changed = [one.fact_id for one in parts_of(session, merge, importing.now) if one.asked]
        session.rollback()
    mistaken.take_back(dict.fromkeys(changed, Owner.OTHER))
    assert mistaken.numbers() == {mistaken.first: {"NO-1"}}
    importing.whole(*person_records("1"), *person_records("8", number="NO-8", given_names="Grace"))
    found = mistaken.numbers()
    assert sorted(found.values(), key=sorted) == [{"NO-1"}, {"NO-8"}]
    assert found[mistaken.first] == {"NO-1"}
