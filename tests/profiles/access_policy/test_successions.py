"""Who took over from whom is said by two sides: recorded, corrected and taken back."""

from datetime import date
from uuid import UUID

import pytest

from profiles.access_policy.models import Action, PolicyState
from profiles.access_policy.successions import SuccessionWanted
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations import successions
from profiles.organisations.models import Succession
from profiles.temporal import start_of_day
from tests.factories.organisations import make_organisation
from tests.profiles.access_policy.conftest import Owned

JULY, AUGUST = date(2016, 7, 14), date(2016, 8, 1)


@pytest.fixture
def decc(owned: Owned) -> UUID:
    return make_organisation(owned.session, owned.now, "DECC").id


def wanted(
    owned: Owned, decc: UUID, since: date | None = JULY, version_id: UUID | None = None
) -> SuccessionWanted:
    return SuccessionWanted(decc, owned.hmrc.id, owned.hmrc.id, since, version_id)


def said(owned: Owned, decc: UUID) -> Succession | None:
    return successions.find(owned.session, decc, owned.hmrc.id, owned.now)


def test_it_is_recorded_once_the_other_side_approves(owned: Owned, decc: UUID) -> None:
    waits = owned.submit(wanted(owned, decc), by=owned.people[2], alone_up_to=99)
    assert (waits.state, said(owned, decc)) == (PolicyState.WAITING, None)
    with pytest.raises(NotPermitted):
        owned.approve(waits, owned.people[2])
    owned.approve(waits, owned.second)
    found = said(owned, decc)
    assert found is not None
    assert found.valid_from == start_of_day(JULY)


def test_the_day_is_corrected_and_it_is_taken_back(owned: Owned, decc: UUID) -> None:
    owned.approve(owned.submit(wanted(owned, decc)), owned.second)
    first = said(owned, decc)
    assert first is not None
    corrected = wanted(owned, decc, AUGUST, first.id)
    assert corrected.action is Action.CHANGE
    owned.approve(owned.submit(corrected), owned.second)
    second = said(owned, decc)
    assert second is not None
    assert second.valid_from == start_of_day(AUGUST)
    with pytest.raises(Conflict):
        owned.submit(wanted(owned, decc, None, first.id))
    taken_back = wanted(owned, decc, None, second.id)
    assert taken_back.action is Action.END
    owned.approve(owned.submit(taken_back), owned.second)
    assert said(owned, decc) is None


def test_what_cannot_be_is_refused_before_anybody_is_asked(owned: Owned, decc: UUID) -> None:
    owned.approve(owned.submit(wanted(owned, decc)), owned.second)
    with pytest.raises(Conflict):
        owned.submit(wanted(owned, decc))
    back = SuccessionWanted(owned.hmrc.id, decc, decc, AUGUST)
    with pytest.raises(Invalid) as refused:
        owned.submit(back)
    assert refused.value.field == "successor"
    for day, field in ((date(1850, 1, 1), "since"), (None, "since")):
        with pytest.raises(Invalid) as refused:
            owned.submit(SuccessionWanted(owned.home_office.id, decc, decc, day))
        assert refused.value.field == field
