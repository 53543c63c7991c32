"""Whose an e-mail domain is: one side asks, and officers of the other approve, however few it touches."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from profiles.access_policy.domains import DomainWanted
from profiles.access_policy.models import PolicyState
from profiles.errors import Conflict, Invalid, NotPermitted, ProfileError
from profiles.organisations import domains
from profiles.organisations.models import EmailDomain
from profiles.organisations.service import domains_of
from profiles.temporal import history, start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.profiles.access_policy.conftest import Owned

TODAY, LATER = date(2026, 3, 2), date(2026, 4, 1)
VOA = "voa.gov.uk"


@pytest.fixture
def voa(owned: Owned) -> UUID:
    return make_organisation(owned.session, owned.now, "VOA").id


def held(owned: Owned, organisation_id: UUID, day: date) -> list[str]:
    return sorted(domains_of(owned.session, organisation_id, start_of_day(day), owned.now))


def test_it_goes_over_on_the_day_once_officers_of_who_gets_it_approve(owned: Owned, voa: UUID) -> None:
    admin = owned.employ("ada.admin", owned.home_office).person_id
    waits = owned.submit(DomainWanted(VOA, LATER, voa, owned.hmrc.id), by=admin, alone_up_to=99)
    assert (waits.state, waits.organisation_id) == (PolicyState.WAITING, owned.hmrc.id)
    assert held(owned, voa, LATER) == [VOA]
    with pytest.raises(NotPermitted):
        owned.approve(waits, admin)
    owned.approve(waits, owned.second)
    assert held(owned, voa, LATER) == []
    assert held(owned, owned.hmrc.id, LATER) == ["hmrc.gov.uk", VOA]
    assert held(owned, voa, LATER - timedelta(days=1)) == [VOA]


def test_its_own_officers_let_it_end(owned: Owned) -> None:
    wanted = DomainWanted("hmrc.gov.uk", LATER, owned.hmrc.id)
    waits = owned.submit(wanted)
    assert waits.organisation_id == owned.hmrc.id
    owned.approve(waits, owned.second)
    assert held(owned, owned.hmrc.id, LATER) == []


def test_who_has_the_domain_above_a_new_one_decides(owned: Owned, voa: UUID) -> None:
    wanted = DomainWanted("rates.hmrc.gov.uk", TODAY, to_id=voa, above_id=owned.hmrc.id)
    waits = owned.submit(wanted)
    assert waits.organisation_id == owned.hmrc.id
    owned.approve(waits, owned.second)
    assert held(owned, voa, TODAY) == ["rates.hmrc.gov.uk", VOA]


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"domain": "example.gov.uk"}, "domain"),  # nobody has gov.uk: the operator gives it
        ({"domain": "gov.uk"}, "domain"),
        ({"domain": "not a domain"}, "domain"),
        ({"domain": "ho.gov.uk"}, "domain"),  # another's
        ({"domain": "ho.gov.uk", "from_id": "hmrc", "to_id": None}, "first_day"),
        ({"domain": "hmrc.gov.uk", "from_id": "hmrc"}, "to"),
        ({"domain": "new.hmrc.gov.uk", "above_id": "hmrc", "first_day": date(1850, 1, 1)}, "first_day"),
        ({"domain": "new.hmrc.gov.uk", "above_id": "hmrc", "first_day": date(2005, 1, 1)}, "first_day"),
    ],
)
def test_what_is_anothers_or_nobody_can_vouch_for_is_refused(
    owned: Owned, how: dict[str, Any], field: str
) -> None:
    said = {name: owned.hmrc.id if value == "hmrc" else value for name, value in how.items()}
    with pytest.raises(Invalid) as refused:
        DomainWanted(**({"first_day": TODAY, "to_id": owned.hmrc.id} | said)).check(
            owned.session, owned.now, owned.now
        )
    assert refused.value.field == field


def test_who_had_a_domain_once_neither_cuts_pieces_from_it_nor_gives_it_away_again(
    owned: Owned, voa: UUID
) -> None:
    owned.approve(
        owned.submit(DomainWanted(VOA, TODAY, voa, owned.hmrc.id), by=owned.people[2]), owned.second
    )
    then = date(2020, 4, 1)
    with pytest.raises(Conflict):
        owned.submit(DomainWanted("mail.voa.gov.uk", then, to_id=voa, above_id=voa))
    waits = owned.submit(DomainWanted("mail.voa.gov.uk", then, to_id=voa, above_id=owned.hmrc.id))
    assert waits.organisation_id == owned.hmrc.id
    with pytest.raises(Invalid) as refused:
        owned.submit(DomainWanted(VOA, then, voa, owned.home_office.id))
    assert refused.value.field == "first_day"


def test_another_holder_of_the_domain_above_is_no_matter_of_course(owned: Owned, voa: UUID) -> None:
    """The page says who decides; by then it is somebody else."""
    with pytest.raises(Conflict):
        owned.submit(DomainWanted("rates.hmrc.gov.uk", TODAY, to_id=voa, above_id=voa))


def test_what_changed_meanwhile_is_not_recorded(owned: Owned, voa: UUID) -> None:
    waits = owned.submit(DomainWanted(VOA, LATER, voa, owned.hmrc.id), by=owned.people[2])
    how = {"session": owned.session, "now": owned.now, "provenance": PROVENANCE, "initiator": INITIATOR}
    eve = LATER - timedelta(days=1)
    domains.take(**how, organisation_id=voa, domain=VOA, last_day=eve)
    domains.give(**how, organisation_id=owned.home_office.id, domain=VOA, first_day=LATER)
    with pytest.raises(ProfileError):
        owned.approve(waits, owned.second)
    assert held(owned, owned.home_office.id, LATER) == ["ho.gov.uk", VOA]


def test_the_preview_counts_whose_address_it_is(owned: Owned) -> None:
    wanted = DomainWanted("ho.gov.uk", LATER, owned.home_office.id, owned.hmrc.id)
    assert owned.foresee(wanted).addresses == 1
    assert owned.foresee(wanted).people == 0


def test_all_of_it_stays_readable(owned: Owned, voa: UUID) -> None:
    owned.approve(
        owned.submit(DomainWanted(VOA, TODAY, voa, owned.hmrc.id), by=owned.people[2]), owned.second
    )
    before = owned.now - timedelta(microseconds=1)
    assert history(owned.session, EmailDomain, before, domain=VOA) == []
    assert {one.organisation_id for one in history(owned.session, EmailDomain, owned.now, domain=VOA)} == {
        voa,
        owned.hmrc.id,
    }
