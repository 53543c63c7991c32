"""Who may do what: every role with every action, and the same person in two parts of one recovery."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import delete, update

from identity.recovery.models import Recovery
from profiles.errors import NotPermitted
from profiles.roles.models import Role
from profiles.roles.permissions import GIVEN
from tests.factories.people import give_role, make_employee
from tests.factories.recoveries import Case

ACTIONS = ("request", "confirm", "cancel")
ALLOWED = {
    ("request", Role.HR_OFFICER),
    ("confirm", Role.HR_OFFICER),
    ("confirm", Role.SECURITY_OFFICER),
    ("cancel", Role.HR_OFFICER),
    ("cancel", Role.SECURITY_OFFICER),
}


def act(case: Case, action: str, officer: object) -> Callable[[], object]:
    recovery = case.request() if action != "request" else None
    steps: dict[str, Callable[[], object]] = {
        "request": lambda: case.request(officer=officer),  # type: ignore[arg-type]
        "confirm": lambda: case.confirm(recovery, officer=officer),  # type: ignore[arg-type]
        "cancel": lambda: case.cancel(recovery, officer=officer),  # type: ignore[arg-type]
    }
    return steps[action]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_does_what_it_may_and_no_more(case: Case, action: str) -> None:
    for role in GIVEN:
        officer = make_employee(case.session, case.now, case.hmrc, f"rita.{role.value}").person_id
        place = None if role is Role.PLATFORM_ADMINISTRATOR else case.hmrc.id
        give_role(case.session, case.now, officer, role, place)
        step = act(case, action, officer)
        if (action, role) in ALLOWED:
            step()
        else:
            with pytest.raises(NotPermitted):
                step()
        case.session.execute(delete(Recovery))


@pytest.mark.parametrize("action", ACTIONS)
def test_another_organisations_hr_does_nothing(case: Case, action: str) -> None:
    step = act(case, action, case.stranger)
    with pytest.raises(NotPermitted):
        step()


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_acts_for_themselves(case: Case, action: str) -> None:
    for role in (Role.HR_OFFICER, Role.SECURITY_OFFICER):
        give_role(case.session, case.now, case.person, role, case.hmrc.id)
    step = act(case, action, case.person)
    with pytest.raises(NotPermitted):
        step()


def test_one_officer_is_not_two(case: Case) -> None:
    recovery = case.request()
    with pytest.raises(NotPermitted):
        case.confirm(recovery, officer=case.first)


def test_the_database_knows_it_too(case: Case) -> None:
    """Whatever the code above it does one day."""
    case.request()
    for wrong in ({"confirmed_by": case.first}, {"confirmed_by": case.person}):
        with pytest.raises(IntegrityError), case.session.begin_nested():
            case.session.execute(update(Recovery).values(**wrong))


def test_a_code_is_given_to_the_two_officers_alone(case: Case) -> None:
    recovery = case.confirm(case.request())
    case.wait()
    for other in (case.security, case.stranger, case.person):
        with pytest.raises(NotPermitted):
            case.code(recovery, other)
