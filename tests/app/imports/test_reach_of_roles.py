"""Role × action × organisation: what stands below an organisation is for those alone who reach it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from app.record_import import RecordImport
from profiles.clearances.models import Clearance
from profiles.errors import NotFound, NotPermitted
from profiles.imports.records import conflicts, service, waiting_people
from profiles.imports.records.models import FieldConflict, ImportState, PossibleDuplicate
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationView
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.people.models import BirthDate
from profiles.roles.models import Role
from profiles.roles.permissions import ALLOWED, GIVEN, Permission
from profiles.roles.service import Permissions, assign, permissions_of
from profiles.temporal import known, replace
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_deputy, make_employee, make_person
from tests.factories.records import clearance_records, person_records

REACHES = {"HMRC": ("HMRC",), "subtree": ("HMRC+",), "VOA": ("VOA",), "both": ("HMRC", "VOA"), "HO": ("HO",)}
REACHING = {"subtree", "both"}
ROLES = [role for role in GIVEN if role is not Role.PLATFORM_ADMINISTRATOR]
HR, SECURITY = Permission.IMPORT_RECORDS, Permission.MANAGE_CLEARANCES


def at_voa(*records: dict[str, Any]) -> list[dict[str, Any]]:
    named = {"employment", "posting", "pay"}
    return [one | ({"organisation": "VOA"} if one["kind"] in named else {}) for one in records]


def voa_of(importing: Importing) -> OrganisationView:
    with transaction(importing.engine) as session:
        hmrc = organisations.get(session, importing.organisation_id, importing.now)
        return make_organisation(session, importing.now, "VOA", parent=hmrc)


def officer(importing: Importing, role: Role, *places: str, mail: str) -> UUID:
    """Somebody of nowhere with a role at the places; ``+`` is with what is below."""
    with transaction(importing.engine) as session:
        person_id = make_person(session, importing.now, mail)
        for place in places:
            where = organisations.get_by_code(session, place.rstrip("+"), importing.now)
            assign(
                session,
                importing.now,
                PROVENANCE,
                INITIATOR,
                person_id=person_id,
                role=role,
                organisation_id=where.id,
                include_subtree=place.endswith("+"),
                valid_from=LONG_AGO,
            )
    return person_id


@dataclass
class Below:
    """Imports for HMRC about people of VOA, below it: one ready, one with clearances, one published."""

    importing: Importing
    ready: UUID
    of_vetting: UUID
    published: UUID

    @classmethod
    def made(cls, importing: Importing) -> Below:
        voa_of(importing)
        with transaction(importing.engine) as session:
            make_organisation(session, importing.now, "HO")
        first = at_voa(*person_records("1"), *clearance_records("1"))
        importing.whole(*first)
        with transaction(importing.engine) as session:
            for model, said in (
                (BirthDate, {"reason": "seen"}),
                (PayRecord, {"reason": "seen"}),
                (Clearance, {"reason": "seen"}),
            ):
                held: Any = session.exec(select(model).where(known(model, importing.now))).one()
                replace(session, held, importing.now, PROVENANCE, **said)
        other = at_voa(
            *person_records("1", born_on="1991-01-01", salary_pence=3_100_000),
            *clearance_records("1", expires_on="2033-03-31"),
        )
        twin = [
            one | {name: "9" + one[name] for name in ("source_key", "person", "employment") if name in one}
            for one in person_records("1", number="NO-9")
        ]
        published = importing.whole(*other, *twin)
        assert (published.counts["conflicts"], published.counts["waiting"]) == (3, 1)
        ready = importing.begin(*at_voa(*person_records("3")), source="other")
        assert ready.check(1000).state is ImportState.READY
        vetting = importing.begin(*at_voa(*person_records("4"), *clearance_records("4")), source="vetting")
        assert vetting.check(1000).of_vetting
        return cls(importing, ready.import_id, vetting.import_id, published.id)

    def actions(self, session: Session, who: UUID, permissions: Permissions) -> Iterator[Any]:
        """Each action: its name, what it needs, and what does it."""
        now = self.importing.now
        for name in ("ready", "of_vetting", "published"):
            import_id: UUID = getattr(self, name)
            one = service.get(session, import_id)
            needs = {HR, SECURITY} if one.of_vetting else {HR}
            yield f"read {name}", needs, lambda one=one: service.get_for(session, one.id, permissions)
            yield (
                f"list {name}",
                needs,
                lambda one=one: self._found(one.id, service.imports_of(session, permissions)),
            )
            if name != "published":
                publishes = {SECURITY} if one.of_vetting else {HR}
                yield (
                    f"publish {name}",
                    publishes,
                    lambda one=one: service.check_may_publish(session, one, who, permissions),
                )
            yield (
                f"withdraw {name}",
                {HR},
                lambda one=one: service.check_may_withdraw(session, one, who, permissions),
            )
        for conflict in session.exec(select(FieldConflict)).all():
            needs = {SECURITY} if conflict.kind == "clearance" else {HR}
            open_ones = conflicts.open_conflicts(session, permissions, now)
            yield (
                f"list conflict of {conflict.kind}",
                needs,
                lambda one=conflict, listed=open_ones: self._found(one.id, listed),
            )
            yield (
                f"read conflict of {conflict.kind}",
                needs,
                lambda one=conflict: conflicts.get_conflict(session, one.id, permissions, now),
            )
        duplicate = session.exec(select(PossibleDuplicate)).one()
        mine = permissions.organisations(HR)
        yield (
            "list duplicate",
            {HR},
            lambda: self._found(duplicate.id, waiting_people.open_duplicates(session, mine, now)),
        )
        yield (
            "read duplicate",
            {HR},
            lambda: waiting_people.get_duplicate(session, duplicate.id, mine, now),
        )

    @staticmethod
    def _found(wanted: UUID, listed: list[Any]) -> None:
        if wanted not in {one.id for one in listed}:
            raise NotFound("It is not listed.")


def may(act: Callable[[], object]) -> bool:
    try:
        act()
    except (NotFound, NotPermitted):
        return False
    return True


def test_what_is_below_is_read_and_decided_by_who_reaches_it(importing: Importing) -> None:
    below = Below.made(importing)
    wrong = []
    for role in ROLES:
        for reach, places in REACHES.items():
            who = officer(importing, role, *places, mail=f"{role}.{reach}@example.gov.uk".lower())
            with open_session(importing.engine, writes=False) as session:
                permissions = permissions_of(session, who, importing.now)
                for action, needs, act in below.actions(session, who, permissions):
                    expected = reach in REACHING and bool(needs & ALLOWED[role])
                    if may(act) is not expected:
                        wrong.append((role.value, reach, action, not expected))
    assert wrong == []


def test_who_does_not_reach_it_is_not_told_that_it_waits(importing: Importing) -> None:
    voa_of(importing)
    importing.whole(*at_voa(*person_records("1")))
    officer(importing, Role.SECURITY_OFFICER, "HMRC", mail="here.only@hmrc.gov.uk")
    officer(importing, Role.SECURITY_OFFICER, "HMRC+", mail="all.of.it@hmrc.gov.uk")
    importing.begin(*clearance_records("1")).check(1000)
    with open_session(importing.engine, writes=False) as session:
        told = " ".join(str(one.payload) for one in session.exec(select(OutboxMessage)))
    assert re.findall(r"[a-z.]+@hmrc\.gov\.uk", told) == ["all.of.it@hmrc.gov.uk"]


@pytest.mark.parametrize("answers", [True, False], ids=["the same", "another"])
def test_whoever_says_who_is_who_reaches_no_less_by_the_files_that_another_sent(
    importing: Importing, *, answers: bool
) -> None:
    voa_of(importing)
    importing.whole(*person_records("1"))
    who = officer(importing, Role.HR_OFFICER, "HMRC", mail="olga.officer@hmrc.gov.uk")
    twin = [
        one | {name: "9" + one[name] for name in ("source_key", "person", "employment") if name in one}
        for one in person_records("1", number="NO-9")
        if not answers or one["kind"] in ("name", "birth_date")
    ]
    importing.whole(*twin, *at_voa(*person_records("2")))
    with transaction(importing.engine) as session:
        waits = session.exec(select(PossibleDuplicate)).one()
        permissions = permissions_of(session, who, importing.now)
        again = waiting_people.settle_duplicate(
            session, importing.now, waits, permissions, is_same=answers, officer_id=who
        )
    assert again is not None
    with open_session(importing.engine, writes=False) as session:
        begun = service.get(session, again)
        assert (begun.started_by, begun.sent_by) == (who, None)
    checked = RecordImport(importing.engine, again, clock=lambda: importing.now).check(1000)
    assert checked.state is not ImportState.REFUSED


def test_nobody_says_who_it_is_for_whom_they_stand_in(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    candidate = importing.person("NO-1")
    importing.officer(candidate, Role.HR_OFFICER)
    with transaction(importing.engine) as session:
        hmrc = organisations.get(session, importing.organisation_id, importing.now)
        deputy = make_employee(session, importing.now, hmrc, "dan.deputy").person_id
        make_deputy(session, importing.now, deputy, candidate, Role.HR_OFFICER, hmrc.id)
    twin = [
        one | {name: "9" + one[name] for name in ("source_key", "person", "employment") if name in one}
        for one in person_records("1", number="NO-9")
    ]
    importing.whole(*twin)
    with transaction(importing.engine) as session:
        waits = session.exec(
            select(PossibleDuplicate).where(col(PossibleDuplicate.candidate_id) == candidate)
        ).one()
        permissions = permissions_of(session, deputy, importing.now)
        with pytest.raises(NotPermitted, match="who you are"):
            waiting_people.settle_duplicate(
                session, importing.now, waits, permissions, is_same=True, officer_id=deputy
            )


def test_a_line_that_is_refused_says_of_whom_it_is_too(importing: Importing) -> None:
    voa_of(importing)
    records = at_voa(*person_records("1"))
    refused = [one | ({"valid_from": "soon"} if one.get("organisation") == "VOA" else {}) for one in records]
    running = importing.begin(*refused)
    assert running.check(1000).state is ImportState.REFUSED
    here, below = (
        officer(importing, Role.HR_OFFICER, place, mail=f"{name}@hmrc.gov.uk")
        for place, name in (("HMRC", "here"), ("HMRC+", "below"))
    )
    with open_session(importing.engine, writes=False) as session:
        for who, reads in ((here, False), (below, True)):
            permissions = permissions_of(session, who, importing.now)
            listed = [one.id for one in service.imports_of(session, permissions)]
            assert (running.import_id in listed) is reads
