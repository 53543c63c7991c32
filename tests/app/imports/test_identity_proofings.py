"""Checks of identity in files: nobody lets them through alone, and nothing in them is guessed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from app.database import open_session, transaction
from profiles.errors import NotPermitted
from profiles.imports.records import conflicts, service
from profiles.imports.records.models import FieldConflict, ImportState, Settlement
from profiles.people.models import IdentityConfidence, IdentityProofing
from profiles.roles.models import Role
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR
from tests.factories.records import person_records


def check_of(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "identity_proofing",
        "source_key": f"Q{key}",
        "person": f"P{key}",
        "valid_from": "2024-03-20",
        "confidence": "medium",
        "gpg45_profile": "M1A",
        "evidence": "passport",
        "checked_by": "HR shared services",
    } | changes


def test_a_check_waits_for_an_officer_who_did_not_send_it(importing: Importing) -> None:
    importing.whole(*person_records("1"), *person_records("2"))
    sender, colleague = importing.person("NO-1"), importing.person("NO-2")
    of_sender, of_colleague = (importing.officer(one, Role.HR_OFFICER) for one in (sender, colleague))
    running = importing.begin(*person_records("3"), check_of("3"), by=sender)
    assert running.check(1000).state is ImportState.WAITING
    with open_session(importing.engine, writes=False) as session:
        one = service.get(session, running.import_id)
        with pytest.raises(NotPermitted):
            service.check_may_publish(session, one, sender, of_sender)
        service.check_may_publish(session, one, colleague, of_colleague)
    importing.approve(running)
    running.publish(INITIATOR)
    (found,) = importing.seen(IdentityProofing)
    assert (found.confidence, found.gpg45_profile) == (IdentityConfidence.MEDIUM, "M1A")


def test_a_level_that_another_source_disputes_is_not_for_one_officer_to_take(importing: Importing) -> None:
    importing.whole(*person_records("1"), *person_records("2"), check_of("1"))
    officer = importing.person("NO-2")
    permissions = importing.officer(officer, Role.HR_OFFICER)
    other = check_of("1", confidence="very_high", gpg45_profile="V1A") | {"person": "NO-1"}
    importing.whole(other, source="recruitment")
    with transaction(importing.engine) as session:
        disputed = session.exec(select(FieldConflict).where(FieldConflict.field == "confidence")).one()
        with pytest.raises(NotPermitted, match="not for one officer"):
            conflicts.settle_conflict(
                session,
                importing.now,
                disputed,
                Settlement.TAKEN,
                officer,
                permissions,
                alone_up_to=1000,
            )
    (found,) = importing.seen(IdentityProofing)
    assert found.confidence is IdentityConfidence.MEDIUM


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"gpg45_profile": "H1A"}, "gpg45_profile", "pattern"),
        ({"gpg45_profile": "medium"}, "gpg45_profile", "pattern"),
        ({"checked_by": ""}, "checked_by", "missing"),
        ({"checked_by": "Passport 123456789"}, "checked_by", "document_number"),
        ({"confidence": "certain"}, "confidence", "not_one_of"),
        ({"valid_from": "2199-01-01"}, "valid_from", "in_future"),
    ],
)
def test_what_cannot_be_is_refused(
    importing: Importing, changes: dict[str, Any], field: str, code: str
) -> None:
    running = importing.begin(*person_records("1"), check_of("1", **changes))
    assert running.check(1000).state is ImportState.REFUSED
    assert f",{field},{code}," in importing.report(running)
