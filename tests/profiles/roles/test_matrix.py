"""Role × action × organisation: a role allows what the table says, there and then, and nothing more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.errors import Invalid, NotFound
from profiles.organisations.service import OrganisationView
from profiles.roles import service
from profiles.roles.models import Role
from profiles.roles.parties import ONE_AFTERWARDS, are_one
from profiles.roles.permissions import ALLOWED, GIVEN, Permission
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import make_employee, make_person

ROLES = [role for role in GIVEN if role is not Role.PLATFORM_ADMINISTRATOR]
DAY = timedelta(days=1)


class Tree:
    """A department with an agency below it, another department, a shared service, and two people."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.above = make_organisation(session, now, "HMRC")
        self.below = make_organisation(session, now, "VOA", parent=self.above)
        self.other = make_organisation(session, now, "HO")
        self.operator = make_organisation(session, now, "DWP")
        self.officer = make_person(session, now, "olga.officer@hmrc.gov.uk")
        self.deputy = make_employee(session, now, self.above, "dan.deputy").person_id

    def give(self, role: Role, where: OrganisationView, person_id: UUID | None = None, **how: Any) -> None:
        chosen = {"valid_from": LONG_AGO, "person_id": person_id or self.officer} | how
        service.assign(
            self.session, self.now, PROVENANCE, INITIATOR, role=role, organisation_id=where.id, **chosen
        )

    def deputise(self, role: Role, **how: Any) -> None:
        chosen = {"valid_to": self.now + DAY, "deputy_of": self.officer} | how
        self.give(role, self.above, self.deputy, **chosen)


def held(tree: Tree, role: Role) -> UUID:
    tree.give(role, tree.above)
    return tree.officer


def held_with_subtree(tree: Tree, role: Role) -> UUID:
    tree.give(role, tree.above, include_subtree=True)
    return tree.officer


def ended(tree: Tree, role: Role) -> UUID:
    tree.give(role, tree.above, valid_to=tree.now - DAY)
    return tree.officer


def to_come(tree: Tree, role: Role) -> UUID:
    tree.give(role, tree.above, valid_from=tree.now + DAY)
    return tree.officer


def through_an_operator(tree: Tree, role: Role) -> UUID:
    for where in (tree.above, tree.other):
        tree.give(role, where, operator_id=tree.operator.id)
    return tree.officer


def deputy(tree: Tree, role: Role) -> UUID:
    tree.give(role, tree.above)
    tree.deputise(role)
    return tree.deputy


def deputy_of_somebody_whose_role_has_ended(tree: Tree, role: Role) -> UUID:
    deputy(tree, role)
    service.end_role(
        tree.session,
        tree.now,
        PROVENANCE,
        INITIATOR,
        person_id=tree.officer,
        role=role,
        organisation_id=tree.above.id,
    )
    return tree.deputy


Situation = Callable[[Tree, Role], UUID]
WHERE: dict[Situation, frozenset[str]] = {
    held: frozenset({"above"}),
    held_with_subtree: frozenset({"above", "below"}),
    ended: frozenset(),
    to_come: frozenset(),
    through_an_operator: frozenset({"above", "other"}),
    deputy: frozenset({"above"}),
    deputy_of_somebody_whose_role_has_ended: frozenset(),
}
"""For each situation, where the role allows what it allows: nowhere else, and never at the shared service."""


@pytest.fixture
def tree(session: Session, now: datetime) -> Tree:
    return Tree(session, now)


@pytest.mark.parametrize("situation", list(WHERE), ids=lambda one: one.__name__)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_allows_its_actions_there_and_then_alone(tree: Tree, role: Role, situation: Situation) -> None:
    person_id = situation(tree, role)
    allowed = service.permissions_of(tree.session, person_id, tree.now)
    for permission in Permission:
        for place in ("above", "below", "other", "operator"):
            expected = permission in ALLOWED[role] and place in WHERE[situation]
            where = getattr(tree, place).id
            assert allowed.allows(permission, where) is expected, (permission, place)
    for permission in (min(ALLOWED[role]), min(set(Permission) - ALLOWED[role])):
        for place in ("above", "below", "other", "operator"):
            expected = permission in ALLOWED[role] and place in WHERE[situation]
            who = service.who_may(tree.session, permission, getattr(tree, place).id, tree.now)
            assert (person_id in who) is expected, (permission, place)


def test_a_platform_administrator_may_do_nothing_with_a_record() -> None:
    """Whoever adds a permission to this role says here that it opens no record."""
    assert ALLOWED[Role.PLATFORM_ADMINISTRATOR] == {
        Permission.SEE_APPS,
        Permission.INVITE_ADMINISTRATORS,
        Permission.SEE_FIGURES,  # they name nobody
        Permission.SET_ASSUMPTIONS,
        Permission.SEE_OFFICERS,  # who holds which role where nobody else answers for that
        Permission.GIVE_ROLES,  # another officer, of the organisation if it has one, confirms each
        Permission.CONFIRM_ROLES,  # none of another platform administrator, where nobody else answers for it
        Permission.REINSTATE_ORGANISATIONS,
    }


def test_every_permission_is_some_roles_and_every_role_has_some() -> None:
    assert set().union(*ALLOWED.values()) == set(Permission)
    assert set(ALLOWED) == set(Role)


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"valid_to": None}, "valid_to"),
        ({"deputy_of": "deputy"}, "deputy_of"),
        ({"include_subtree": True}, "deputy_of"),
    ],
    ids=["without an end", "of themselves", "of more than the officer has"],
)
def test_a_deputy_that_makes_no_sense_is_refused(tree: Tree, how: dict[str, Any], field: str) -> None:
    tree.give(Role.HR_OFFICER, tree.above)
    if "deputy_of" in how:
        how = {"deputy_of": tree.deputy}
    with pytest.raises(Invalid) as refused:
        tree.deputise(Role.HR_OFFICER, **how)
    assert refused.value.field == field


def test_nobody_is_the_deputy_of_a_deputy_or_of_whoever_lacks_the_role(tree: Tree) -> None:
    third = make_person(tree.session, tree.now, "tia.third@hmrc.gov.uk")
    tree.give(Role.HR_OFFICER, tree.above)
    tree.deputise(Role.HR_OFFICER)
    with pytest.raises(Invalid):
        tree.give(Role.HR_OFFICER, tree.above, third, deputy_of=tree.deputy, valid_to=tree.now + DAY)
    with pytest.raises(Invalid):
        tree.deputise(Role.AUDITOR)


def test_an_officer_and_all_their_deputies_are_one_for_a_time(tree: Tree) -> None:
    second = make_employee(tree.session, tree.now, tree.above, "sid.second").person_id
    tree.give(Role.HR_OFFICER, tree.above)
    tree.give(Role.HR_OFFICER, tree.above, second)
    assert not are_one(tree.session, tree.officer, tree.deputy, tree.now)
    tree.deputise(Role.HR_OFFICER)
    assert not are_one(tree.session, tree.officer, second, tree.now)
    tree.give(Role.HR_OFFICER, tree.above, second, deputy_of=tree.officer, valid_to=tree.now + DAY)
    for one, other in ((tree.officer, tree.deputy), (tree.deputy, tree.officer), (second, tree.deputy)):
        assert are_one(tree.session, one, other, tree.now)
    assert are_one(tree.session, second, tree.deputy, tree.now + ONE_AFTERWARDS)
    assert not are_one(tree.session, second, tree.deputy, tree.now + ONE_AFTERWARDS + 2 * DAY)


def test_a_role_that_nobody_holds_cannot_be_ended(tree: Tree) -> None:
    with pytest.raises(NotFound):
        service.end_role(
            tree.session,
            tree.now,
            PROVENANCE,
            INITIATOR,
            person_id=tree.officer,
            role=Role.AUDITOR,
            organisation_id=tree.above.id,
        )
