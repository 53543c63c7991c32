"""How far somebody's identity was checked: two officers, the person's own, and nothing that is guessed."""

from datetime import timedelta
from typing import Any

import pytest

from profiles.clearances.models import Clearance
from profiles.disclosure.claims import identity_confidence
from profiles.errors import Conflict, Invalid
from profiles.people.models import IdentityConfidence, IdentityEvidence, IdentityProofing
from profiles.portable_profile.changes import decide, submit, waiting
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, ChangeState
from profiles.portable_profile.reading import profile_as_of
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from profiles.temporal import current, history, start_of_day
from tests.factories.people import check_identity, give_role, make_employee
from tests.factories.transfers import Move

SAID: dict[str, Any] = {
    "confidence": IdentityConfidence.MEDIUM,
    "gpg45_profile": "m1a",
    "evidence": IdentityEvidence.PASSPORT,
    "checked_by": "HMRC HR shared services",
}


def wanted(move: Move, action: Action = Action.ADD, held: Any = None, **values: Any) -> Wanted:
    return Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.IDENTITY_PROOFING,
        action=action,
        values=values,
        reason="Checked at onboarding",
        source="page:onboarding",
        version_id=held.id if held else None,
    )


def added(move: Move, **values: Any) -> Wanted:
    return wanted(move, **(SAID | {"valid_from": move.now - timedelta(days=1)} | values))


def submitted(move: Move, what: Wanted) -> ChangeState:
    return submit(move.session, what, move.now, move.hmrc_officer, alone_up_to=100).state


def held(move: Move) -> IdentityProofing | None:
    found = current(move.session, IdentityProofing, move.now, move.now, person_id=move.employee)
    return found[0] if found else None


def test_a_check_waits_for_a_second_officer_whatever_one_may_do_alone(move: Move) -> None:
    assert submitted(move, added(move)) is ChangeState.WAITING
    assert held(move) is None
    second = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, second, Role.HR_OFFICER, move.hmrc.id)

    (change,) = waiting(move.session, {move.hmrc.id}, list(Kind))
    decide(move.session, change, move.now, second, approved=True)

    found = held(move)
    assert found is not None
    assert (found.confidence, found.gpg45_profile, found.evidence, found.reason) == (
        IdentityConfidence.MEDIUM,
        "M1A",
        IdentityEvidence.PASSPORT,
        "Checked at onboarding",
    )


def test_raising_one_waits_and_ending_one_does_not(move: Move) -> None:
    fact = check_identity(move.session, move.now, move.employee, IdentityConfidence.LOW)
    raised = wanted(move, Action.CORRECT, fact, confidence=IdentityConfidence.HIGH)
    assert submitted(move, raised) is ChangeState.WAITING

    ended = wanted(move, Action.END, fact, valid_to=move.now)
    assert submitted(move, ended) is ChangeState.RECORDED
    assert held(move) is None


def test_ending_is_no_way_to_prolong(move: Move) -> None:
    """Else one officer alone would make a check last for ever."""
    until = move.now + timedelta(days=10)
    fact = check_identity(move.session, move.now, move.employee, IdentityConfidence.LOW, until=until)
    longer = wanted(move, Action.END, fact, valid_to=until + timedelta(days=1000))
    with pytest.raises(Invalid) as refused:
        submitted(move, longer)
    assert refused.value.field == "last_day"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gpg45_profile", "H1A"),
        ("gpg45_profile", "M4A"),
        ("gpg45_profile", "x"),
        ("checked_by", " "),
        ("checked_by", "Passport 123 456 789"),
    ],
)
def test_what_cannot_be_is_refused_by_name(move: Move, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        submitted(move, added(move, **{field: value}))
    assert refused.value.field == field
    assert held(move) is None


def test_a_check_that_lies_ahead_is_none(move: Move) -> None:
    with pytest.raises(Invalid) as refused:
        submitted(move, added(move, valid_from=move.now + timedelta(days=1)))
    assert refused.value.field == "first_day"


def test_a_person_has_one_level_at_a_time(move: Move) -> None:
    check_identity(move.session, move.now, move.employee, IdentityConfidence.LOW)
    with pytest.raises(Conflict):
        check_identity(move.session, move.now, move.employee, IdentityConfidence.HIGH)


def test_nothing_recorded_is_nothing_known_and_a_clearance_says_nothing(move: Move) -> None:
    """BPSS and vetting check an identity too, but not to GPG 45 (docs/adr/0025)."""
    assert history(move.session, Clearance, move.now, person_id=move.employee)
    assert identity_confidence(move.session, move.employee, move.now) is None


def test_it_holds_from_the_check_until_its_last_day(move: Move) -> None:
    day = start_of_day(move.now.date())
    until = day + timedelta(days=30)
    check_identity(move.session, move.now, move.employee, IdentityConfidence.HIGH, day, until)
    confidences = [
        identity_confidence(move.session, move.employee, at) for at in (move.now, until - timedelta(1), until)
    ]
    assert confidences == [IdentityConfidence.HIGH, IdentityConfidence.HIGH, None]


def test_it_goes_along_with_the_person(move: Move) -> None:
    """It is no organisation's, and whoever employs the person sees it."""
    check_identity(move.session, move.now, move.employee, IdentityConfidence.MEDIUM)
    officer = permissions_of(move.session, move.hmrc_officer, move.now)
    seen = employers_part(
        move.session, move.employee, officer, valid_at=move.now, known_at=move.now, now=move.now
    )
    assert [one.confidence for one in seen.facts[Kind.IDENTITY_PROOFING]] == ["medium"]
    whole = profile_as_of(move.session, move.employee, move.now, move.now)
    assert not hasattr(whole.facts[Kind.IDENTITY_PROOFING][0], "organisation_id")
