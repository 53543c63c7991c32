"""What keeps a role of an app from being removed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from profiles.access_policy import app_roles
from profiles.access_policy.delegations import DelegationWanted
from profiles.access_policy.models import OPEN_FOR, Action
from profiles.apps.models import AppRole
from profiles.apps.service import roles_of
from profiles.errors import Conflict, NotFound
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned
from tests.profiles.access_policy.test_grants import UNTIL, give, given
from tests.profiles.access_policy.test_requests import ask


def manager(owned: Owned) -> AppRole:
    return next(one for one in roles_of(owned.session, owned.app_id) if one.name == "manager")


def delegated(owned: Owned) -> None:
    wanted = DelegationWanted(
        owned.app_id, Action.ADD, owned.home_office.id, role_name="manager", last_day=UNTIL
    )
    owned.approve(owned.submit(wanted), owned.second)


USES: dict[str, Callable[[Owned], object]] = {
    "a role given by hand": given,
    "a delegation": delegated,
    "somebody’s request": ask,
    "a change that waits for a second officer": lambda owned: owned.submit(give(owned)),
}


@pytest.mark.parametrize("words", USES)
def test_what_something_uses_stays(owned: Owned, words: str) -> None:
    USES[words](owned)
    mine = permissions_of(owned.session, owned.owner, owned.now)
    with pytest.raises(Conflict, match=words):
        app_roles.remove(owned.session, owned.now, owned.owner, mine, manager(owned))
    assert manager(owned).label == "Manager"


@pytest.mark.parametrize("use", [ask, lambda owned: owned.submit(give(owned))])
def test_what_nobody_can_approve_any_more_uses_nothing(owned: Owned, use: Callable[[Owned], object]) -> None:
    use(owned)
    later = owned.now + OPEN_FOR + timedelta(days=40)
    assert app_roles.uses_of(owned.session, manager(owned), later) == []


def test_what_has_ended_uses_nothing(owned: Owned) -> None:
    held = given(owned)
    assert app_roles.uses_of(owned.session, manager(owned), owned.now) == ["a role given by hand"]
    assert held.valid_to is not None
    assert app_roles.uses_of(owned.session, manager(owned), held.valid_to) == []


def test_the_owner_of_others_apps_adds_nothing(owned: Owned) -> None:
    other = owned.employ("otto.other", owned.home_office).person_id
    give_role(owned.session, owned.now, other, Role.APP_OWNER, owned.home_office.id)
    theirs = permissions_of(owned.session, other, owned.now)
    with pytest.raises(NotFound):
        app_roles.add(owned.session, owned.now, other, theirs, owned.app_id, name="x", label="X", rank=0)
