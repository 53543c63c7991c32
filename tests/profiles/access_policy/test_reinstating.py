"""The suspension of an organisation is lifted by two administrators of the platform."""

import pytest

from profiles.access_policy.deciding import get_waiting_for, waiting_for
from profiles.access_policy.models import PolicyKind, PolicyState
from profiles.access_policy.reinstating import ReinstatementWanted
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from profiles.suspensions.service import find_organisation_suspension, suspend_organisation
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR
from tests.factories.people import give_role
from tests.profiles.access_policy.conftest import Owned

KIND = PolicyKind.REINSTATEMENT


def suspended(owned: Owned) -> ReinstatementWanted:
    place = owned.home_office.id
    suspend_organisation(
        owned.session, owned.now, organisation_id=place, reason="Stolen", initiator=INITIATOR
    )
    held = find_organisation_suspension(owned.session, place, owned.now)
    assert held is not None
    return ReinstatementWanted(place, held.id)


def test_it_waits_for_a_second_administrator_and_says_how_many_it_wakes(owned: Owned) -> None:
    make_app(owned.session, owned.now, owned.home_office)
    pat, pia = (owned.employ(f"{one}.platform").person_id for one in ("pat", "pia"))
    for one in (pat, pia):
        give_role(owned.session, owned.now, one, Role.PLATFORM_ADMINISTRATOR, None)
    wanted = suspended(owned)
    foreseen = owned.foresee(wanted)
    assert foreseen.woken is not None
    assert (foreseen.people, foreseen.woken.people, foreseen.woken.apps) == (1, 1, 1)
    waits = owned.submit(wanted, by=pat)
    assert waits.state is PolicyState.WAITING
    mine, owners = (permissions_of(owned.session, one, owned.now) for one in (pia, owned.owner))
    assert [one.id for one in waiting_for(owned.session, KIND, mine, owned.now)] == [waits.id]
    with pytest.raises(NotFound):
        get_waiting_for(owned.session, waits.id, KIND, owners, owned.now)
    with pytest.raises(NotPermitted):
        owned.approve(waits, pat)
    owned.approve(waits, pia)
    assert find_organisation_suspension(owned.session, owned.home_office.id, owned.now) is None
    with pytest.raises(Conflict):
        owned.submit(wanted, by=pat)


def test_as_many_as_one_may_decide_on_need_no_second(owned: Owned) -> None:
    assert owned.submit(suspended(owned), alone_up_to=1).state is PolicyState.RECORDED
    assert find_organisation_suspension(owned.session, owned.home_office.id, owned.now) is None
