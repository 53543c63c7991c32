"""What is left of an organisation that has ended is read, and settled, by who answers for it now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import col, select

from app.database import open_session, transaction
from profiles.employments.models import ContractType, Employment
from profiles.errors import NotFound
from profiles.imports.records import conflicts, service, waiting_people
from profiles.imports.records.models import FieldConflict, Settlement
from profiles.organisations import service as organisations
from profiles.organisations import successions
from profiles.organisations.models import OrganisationDetail
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PayRecord
from profiles.people.models import BirthDate
from profiles.people.second_officers import tell
from profiles.roles.ended import who_answers, with_ended
from profiles.roles.models import Role
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, assign, permissions_of
from profiles.temporal import end, known, record, replace
from tests.app.page_checks import check_page
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_person
from tests.factories.records import person_records
from tests.support.signed_in import sign_in

HR = Permission.IMPORT_RECORDS
REACHING = {"HO": True, "HMRC+": True, "HMRC": False, "MOJ": False}
"""Where HR officers are, and whether they answer for VOA, which was below HMRC and became part of HO."""


class Ending:
    """VOA's import with two conflicts and somebody who waits; then VOA ends, and its people are HO's."""

    def __init__(self, importing: Importing) -> None:
        self.importing = importing
        with transaction(importing.engine) as session:
            hmrc = organisations.get(session, importing.organisation_id, importing.now)
            self.voa = make_organisation(session, importing.now, "VOA", parent=hmrc)
            self.ho = make_organisation(session, importing.now, "HO")
            make_organisation(session, importing.now, "MOJ")
        at_voa = importing.of(self.voa.id)
        at_voa.whole(*person_records("1"))
        with transaction(importing.engine) as session:
            for model in (BirthDate, PayRecord):
                held: Any = session.exec(select(model).where(known(model, at_voa.now))).one()
                replace(session, held, at_voa.now, PROVENANCE, reason="seen")
        twin = [
            one | {name: "9" + one[name] for name in ("source_key", "person", "employment") if name in one}
            for one in person_records("1", number="NO-9")
        ]
        other = person_records("1", born_on="1991-01-01", salary_pence=3_100_000)
        published = at_voa.whole(*other, *twin)
        assert (published.counts["conflicts"], published.counts["waiting"]) == (2, 1)
        self.import_id = published.id
        importing.now = at_voa.now + timedelta(hours=1)

    def end(self) -> None:
        self.importing.now += timedelta(hours=1)
        now = self.importing.now
        with transaction(self.importing.engine) as session:
            left = session.exec(select(Employment).where(known(Employment, now))).one()
            end(session, left, now, now, PROVENANCE)
            stamp = PROVENANCE.stamp(now, now)
            values = {"number": "HO-1", "continuous_service_from": left.continuous_service_from}
            joined = Employment(
                person_id=left.person_id,
                organisation_id=self.ho.id,
                contract_type=ContractType.PERMANENT,
                **values,
                **stamp,
            )
            record(session, joined)
            detail = session.exec(
                select(OrganisationDetail).where(
                    OrganisationDetail.organisation_id == self.voa.id, known(OrganisationDetail, now)
                )
            ).one()
            successions.succeed(
                session,
                now,
                PROVENANCE,
                INITIATOR,
                predecessor_id=self.voa.id,
                successor_id=self.ho.id,
                since=now,
            )
            end(session, detail, now, now, PROVENANCE)
        self.importing.now += timedelta(hours=1)

    def officer(self, where: str, role: Role = Role.HR_OFFICER) -> UUID:
        with transaction(self.importing.engine) as session:
            person_id = make_person(session, self.importing.now, f"{where.strip('+')}.{role}@example.gov.uk")
            place: OrganisationView = organisations.get_by_code(session, where.strip("+"), self.importing.now)
            assign(
                session,
                self.importing.now,
                PROVENANCE,
                INITIATOR,
                person_id=person_id,
                role=role,
                organisation_id=place.id,
                include_subtree=where.endswith("+"),
                valid_from=LONG_AGO,
            )
        return person_id


@pytest.fixture
def ending(importing: Importing) -> Ending:
    return Ending(importing)


@pytest.mark.parametrize("where", REACHING)
def test_who_answers_for_it_reads_its_imports(ending: Ending, where: str) -> None:
    officer = ending.officer(where)
    ending.end()
    now = ending.importing.now
    with open_session(ending.importing.engine, writes=True) as session:
        plain = permissions_of(session, officer, now)
        held = with_ended(session, plain, now)
        assert not plain.allows(HR, ending.voa.id)
        assert held.allows(HR, ending.voa.id) is REACHING[where]
        found = [one.id for one in service.imports_of(session, held)]
        assert (ending.import_id in found) is REACHING[where]
        assert (officer in who_answers(session, HR, ending.voa.id, now)) is REACHING[where]
        kinds = {one.kind for one in conflicts.open_conflicts(session, held, now)}
        # What goes with a person is for whoever employs them.
        expected = {"HO": {"birth_date", "pay"}, "HMRC+": {"pay"}}
        assert kinds == expected.get(where, set())
        waiting = waiting_people.count_waiting(session, held.organisations(HR), now)
        assert waiting == (where == "HO")
        # It can be told of, though it has no name any more.
        tell(session, now, permission=HR, organisation_id=ending.voa.id, what="an import", where="Imports")


def test_the_successor_settles_and_a_role_without_what_is_below_does_not(ending: Ending) -> None:
    successor, above = ending.officer("HO"), ending.officer("HMRC")
    ending.end()
    now = ending.importing.now
    with open_session(ending.importing.engine, writes=True) as session:
        held = with_ended(session, permissions_of(session, successor, now), now)
        theirs = with_ended(session, permissions_of(session, above, now), now)
        for one in session.exec(select(FieldConflict).order_by(col(FieldConflict.id))).all():
            with pytest.raises(NotFound):
                conflicts.get_conflict(session, one.id, theirs, now)
            found = conflicts.get_conflict(session, one.id, held, now)
            conflicts.settle_conflict(session, now, found, Settlement.TAKEN, successor, held, alone_up_to=5)
        assert conflicts.count_open(session, held, now) == 0
        duplicate = waiting_people.open_duplicates(session, held.organisations(HR), now)[0]
        settled = waiting_people.settle_duplicate(
            session, now, duplicate, held, is_same=True, officer_id=successor
        )
        assert settled is not None


def test_an_import_about_one_below_that_has_ended_is_still_read(ending: Ending) -> None:
    officer = ending.officer("HMRC+")
    named = {"employment", "posting", "pay"}
    mixed = [one | ({"organisation": "VOA"} if one["kind"] in named else {}) for one in person_records("5")]
    below = ending.importing.begin(*mixed, source="other")
    below.check(1000)
    ending.importing.now += timedelta(hours=1)
    ending.end()
    now = ending.importing.now
    with open_session(ending.importing.engine, writes=True) as session:
        held = with_ended(session, permissions_of(session, officer, now), now)
        one = service.get_for(session, below.import_id, held)
        service.check_may_withdraw(session, one, officer, held)
        assert service.count_to_decide(session, held) == 1


def test_pages_show_what_is_left(ending: Ending, app: Flask) -> None:
    officer, auditor = ending.officer("HO"), ending.officer("HO", Role.AUDITOR)
    ending.end()
    now = ending.importing.now
    app.config["CLOCK"] = lambda: now
    reader = sign_in(app, officer)
    for path in ("/imports", f"/imports/{ending.import_id}", "/imports/conflicts", "/imports/duplicates"):
        answer = reader.open(path)
        assert answer.status_code == 200, path
        check_page(answer.text)
    assert "Department VOA" in reader.open(f"/imports/{ending.import_id}").text
    assert "Fields on which two systems disagree" in reader.open("/tasks").text
    assert "import.published" in sign_in(app, auditor).open("/audit?q=import").text


def test_nothing_changes_for_who_holds_nothing(ending: Ending) -> None:
    ending.end()
    with open_session(ending.importing.engine, writes=False) as session:
        assert with_ended(session, Permissions({}), ending.importing.now) == Permissions({})
