"""Two people of one shared service: one party between organisations, two people within one."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.access_policy.delegations import DelegationWanted
from profiles.access_policy.domains import DomainWanted
from profiles.access_policy.grants import GrantWanted
from profiles.access_policy.models import Action, PolicyState
from profiles.access_policy.places import PlaceWanted
from profiles.access_policy.service import Wanted
from profiles.access_policy.successions import SuccessionWanted
from profiles.errors import NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import end
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned
from tests.profiles.access_policy.test_rules import LATER, TODAY, add

AFTER = date(2026, 4, 1)


def _delegation(owned: Owned) -> Wanted:
    return DelegationWanted(owned.app_id, Action.ADD, owned.home_office.id, last_day=AFTER)


def _domain(owned: Owned) -> Wanted:
    return DomainWanted("ho.gov.uk", AFTER, owned.home_office.id, owned.hmrc.id)


def _place(owned: Owned) -> Wanted:
    return PlaceWanted(owned.home_office.id, owned.hmrc.id, AFTER, None)


def _succession(owned: Owned) -> Wanted:
    return SuccessionWanted(owned.home_office.id, owned.hmrc.id, owned.hmrc.id, date(2016, 7, 14))


def _grant(owned: Owned) -> Wanted:
    about = (owned.app_id, Action.ADD, owned.people[1], "caseworker", owned.hmrc.id)
    return GrantWanted(*about, as_owner=True, first_day=TODAY, last_day=AFTER)


def _rule(owned: Owned) -> Wanted:
    return add(owned, last_day=LATER)


BETWEEN: Mapping[str, Callable[[Owned], Wanted]] = {
    "a delegation": _delegation,
    "a domain": _domain,
    "a place": _place,
    "a succession": _succession,
}
WITHIN: Mapping[str, Callable[[Owned], Wanted]] = {"a rule": _rule, "a role by hand": _grant}
WHO = ("one of the service", "one of another service", "one of its own")


def _clerk(owned: Owned, name: str, service: UUID, *places: UUID, **how: bool) -> UUID:
    clerk = owned.employ(name, owned.home_office, local_grade="Officer").person_id
    for place in places:
        give_role(owned.session, owned.now, clerk, Role.APP_OWNER, place, operator_id=service, **how)
    return clerk


@pytest.mark.parametrize(
    ("what", "who", "serves_both"), list(product([*BETWEEN, *WITHIN], WHO, (True, False)))
)
def test_a_service_of_both_is_one_party_between_them(
    owned: Owned, what: str, who: str, serves_both: bool
) -> None:
    """Everything that waits, everybody who could decide; within one organisation two people are two."""
    service, other = (make_organisation(owned.session, owned.now, code).id for code in ("SSCL", "UKSBS"))
    hmrc, home_office = owned.hmrc.id, owned.home_office.id
    asks = _clerk(owned, "ann.clerk", service, home_office if serves_both else hmrc)
    officers = {
        "one of the service": _clerk(owned, "bob.clerk", service, hmrc),
        "one of another service": _clerk(owned, "cal.clerk", other, hmrc, home_office),
        "one of its own": owned.second,
    }
    waits = owned.submit((BETWEEN | WITHIN)[what](owned), by=asks)
    assert waits.state is PolicyState.WAITING
    told = {one.person_id for one in owned.session.exec(select(OutboxMessage))}
    may = who != "one of the service" or what in WITHIN or not serves_both
    assert (officers[who] in told) == may
    if may:
        owned.approve(waits, officers[who])
    else:
        with pytest.raises(NotPermitted, match="shared service"):
            owned.approve(waits, officers[who])
    assert (waits.state is PolicyState.RECORDED) == may


def test_a_service_is_one_party_also_below_and_after_who_asked_has_left_it(owned: Owned) -> None:
    """It reaches the agency through its parent, and the role of who asked ends before a colleague decides."""
    service = make_organisation(owned.session, owned.now, "SSCL").id
    agency = make_organisation(owned.session, owned.now, "VOA", parent=owned.home_office)
    asks = _clerk(owned, "ann.clerk", service, owned.home_office.id, include_subtree=True)
    colleague = _clerk(owned, "bob.clerk", service, owned.hmrc.id)
    waits = owned.submit(DomainWanted("voa.gov.uk", AFTER, agency.id, owned.hmrc.id), by=asks)
    held = owned.session.exec(select(RoleAssignment).where(RoleAssignment.person_id == asks)).one()
    later = owned.now + timedelta(days=1)
    end(owned.session, held, later, later, PROVENANCE)
    with pytest.raises(NotPermitted, match="shared service"):
        owned.approve(waits, colleague, at=later + timedelta(days=1))
    owned.approve(waits, owned.second, at=later + timedelta(days=1))
