"""Clearances in files: a security officer lets them through, step by step as everywhere."""

from __future__ import annotations

import pytest
from sqlmodel import select

from app.database import open_session, transaction
from profiles.clearances.models import Clearance
from profiles.errors import InvalidTransition, NotFound, NotPermitted
from profiles.imports.records import conflicts, service
from profiles.imports.records.models import FieldConflict, ImportState, Settlement
from profiles.roles.models import Role
from tests.factories.importing import Importing
from tests.factories.records import clearance_records, person_records


def test_clearances_wait_however_few_they_are(importing: Importing) -> None:
    checked = importing.begin(*person_records("1"), *clearance_records("1")).check(1000)
    assert (checked.state, checked.counts["vetting"]) == (ImportState.WAITING, 2)
    assert [line["what"] for line in checked.clearances] == ["SC", "primary"]
    assert {line["name"] for line in checked.clearances} == {"Ada Byronb"}


def test_only_a_security_officer_who_did_not_send_them_lets_them_through(importing: Importing) -> None:
    importing.whole(*(one for key in "123" for one in person_records(key)))
    sender, hr, security = (importing.person(f"NO-{key}") for key in "123")
    permissions = {
        sender: importing.officer(sender, Role.HR_OFFICER, Role.SECURITY_OFFICER),
        hr: importing.officer(hr, Role.HR_OFFICER),
        security: importing.officer(security, Role.SECURITY_OFFICER),
    }
    running = importing.begin(*person_records("4"), *clearance_records("4"), by=sender)
    running.check(1000)
    with open_session(importing.engine, writes=False) as session:
        one = service.get(session, running.import_id)
        for officer in (sender, hr):
            with pytest.raises(NotPermitted):
                service.check_may_publish(session, one, officer, permissions[officer])
        service.check_may_publish(session, one, security, permissions[security])
        assert service.get_for(session, one.id, permissions[security]).id == one.id


def test_a_security_officer_sees_no_other_imports(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    permissions = importing.officer(importing.person(), Role.SECURITY_OFFICER)
    running = importing.begin(*person_records("2"))
    running.check(1000)
    with open_session(importing.engine, writes=False) as session:
        assert service.imports_of(session, permissions) == []
        with pytest.raises(NotFound):
            service.get_for(session, running.import_id, permissions)


@pytest.mark.parametrize(
    ("before", "after", "is_allowed"),
    [
        ("active", "suspended", True),
        ("suspended", "active", True),
        ("withdrawn", "active", False),
        ("expired", "active", False),
        ("suspended", "lapsed", False),
    ],
)
def test_a_clearance_takes_only_steps_of_the_table(
    importing: Importing, before: str, after: str, is_allowed: bool
) -> None:
    importing.whole(*person_records("1"), *clearance_records("1", status=before))
    running = importing.begin(*clearance_records("1", status=after))
    checked = running.check(1000)
    assert checked.state is (ImportState.WAITING if is_allowed else ImportState.REFUSED)
    assert (",step," in importing.report(running)) is not is_allowed


def test_nor_does_a_second_record_go_round_the_table(importing: Importing) -> None:
    suspended = clearance_records("1", status="suspended", valid_until="2025-03-31")
    importing.whole(*person_records("1"), *suspended)
    lapsed = clearance_records("1", source_key="C9", status="lapsed", valid_from="2025-04-01")[0]
    running = importing.begin(lapsed)
    assert running.check(1000).state is ImportState.REFUSED
    assert "makes of a clearance that is suspended one that is lapsed" in importing.report(running)


def test_what_is_over_makes_room_for_a_new_one(importing: Importing) -> None:
    withdrawn = clearance_records("1", status="withdrawn", valid_until="2025-03-31")
    importing.whole(*person_records("1"), *withdrawn)
    granted = clearance_records("1", source_key="C9", valid_from="2025-04-01")[0]
    assert importing.begin(granted).check(1000).state is ImportState.WAITING


def test_where_two_systems_disagree_on_a_clearance_only_who_looks_after_it_sees_and_settles(
    importing: Importing,
) -> None:
    importing.whole(*(one for key in "123" for one in person_records(key)), *clearance_records("1"))
    hr, security = importing.person("NO-2"), importing.person("NO-3")
    of_hr = importing.officer(hr, Role.HR_OFFICER)
    of_security = importing.officer(security, Role.SECURITY_OFFICER)
    other = clearance_records("1", source_key="X", person="NO-1", status="suspended")[0]
    importing.whole(other, source="vetting")
    with transaction(importing.engine) as session:
        assert conflicts.open_conflicts(session, of_hr, importing.now) == []
        [found] = conflicts.open_conflicts(session, of_security, importing.now)
        with pytest.raises(NotFound):
            conflicts.get_conflict(session, found.id, of_hr, importing.now)
        settle = (session, importing.now, found, Settlement.TAKEN)
        with pytest.raises(NotPermitted):
            conflicts.settle_conflict(*settle, hr, of_hr, alone_up_to=1)
        conflicts.settle_conflict(*settle, security, of_security, alone_up_to=1)
    assert [one.status for one in importing.seen(Clearance)] == ["suspended"]


def test_what_cannot_follow_is_not_taken(importing: Importing) -> None:
    records = [one for key in "13" for one in person_records(key)]
    importing.whole(*records, *clearance_records("1", status="withdrawn"))
    security = importing.person("NO-3")
    permissions = importing.officer(security, Role.SECURITY_OFFICER)
    with transaction(importing.engine) as session:
        held = session.exec(select(Clearance)).one()
        session.add(
            FieldConflict(
                organisation_id=importing.organisation_id,
                person_id=held.person_id,
                load_id=held.load_id,
                kind="clearance",
                fact_id=held.fact_id,
                field="status",
                source="vetting",
                offered="active",
                recorded="withdrawn",
                recorded_source=held.source,
            )
        )
    with transaction(importing.engine) as session:
        [found] = conflicts.open_conflicts(session, permissions, importing.now)
        with pytest.raises(InvalidTransition):
            conflicts.settle_conflict(
                session, importing.now, found, Settlement.TAKEN, security, permissions, alone_up_to=1
            )


@pytest.mark.parametrize("kind", ["sponsorship", "posting"])
def test_a_share_or_a_post_on_loan_comes_once_for_a_time(importing: Importing, kind: str) -> None:
    one = {
        "sponsorship": {"clearance": "C1", "sponsorship_kind": "shared"},
        "posting": {
            "employment": "E1",
            "posting_kind": "host",
            "local_grade": "Officer",
            "job_title": "Adviser",
        },
    }[kind] | {"kind": kind, "source_key": "X1", "valid_from": "2025-01-01"}
    sent = [*person_records("1"), *clearance_records("1"), one]
    twice = importing.begin(*sent, one | {"source_key": "X2", "valid_from": "2025-06-01"}).check(1000)
    assert twice.state is ImportState.REFUSED
    once = importing.begin(
        *sent, one | {"source_key": "X2", "valid_until": "2024-12-31"} | {"valid_from": "2024-06-01"}
    )
    assert once.check(1000).state is ImportState.WAITING


def test_a_share_that_is_recorded_already_is_not_recorded_beside_it(importing: Importing) -> None:
    share = {
        "kind": "sponsorship",
        "clearance": "C1",
        "sponsorship_kind": "shared",
        "valid_from": "2025-01-01",
    }
    importing.whole(*person_records("1"), *clearance_records("1"), share | {"source_key": "X1"})
    again = importing.begin(share | {"source_key": "ANOTHER"} | {"clearance": "C1"})
    assert again.check(1000).counts["agreed"] == 1
