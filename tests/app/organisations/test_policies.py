"""Two administrators of an organisation decide which sign-ins it accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.database import transaction
from app.organisations.policy_preview import Preview, preview
from identity.context import EXTENSION
from identity.sign_in.passwords import PasswordCost, set_password
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.sign_in.policies import find_policy
from tests.app.page_checks import check_page
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee, make_person
from tests.factories.policies import MFA, PHR, SFA, make_policy, terms
from tests.identity.sign_in.test_passkeys import give_passkey
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

CHEAP = PasswordCost(time=1, memory_kib=8)
FILLED = {
    "methods": "password_and_code",
    "least_level": MFA,
    "officer_level": PHR,
    "attestation": "none",
    "set_up_days": "14",
    "reason": "Board decision",
    "idle_minutes": "30",
}
Administrator = Callable[[str], Visitor]


@pytest.fixture
def organisation(app: Flask) -> OrganisationView:
    with transaction(app.extensions["engine"]) as session:
        return make_organisation(session, app.config["CLOCK"]())


@pytest.fixture
def administrator(app: Flask, organisation: OrganisationView) -> Administrator:
    def make(name: str) -> Visitor:
        now = app.config["CLOCK"]()
        with transaction(app.extensions["engine"]) as session:
            person_id = make_person(session, now, f"{name}@hmrc.gov.uk")
            give_role(session, now, person_id, Role.ORGANISATION_ADMINISTRATOR, organisation.id)
        return sign_in(app, person_id)

    return make


def page_of(organisation: OrganisationView) -> str:
    return f"/organisations/policies/{organisation.id}"


def propose(by: Visitor, organisation: OrganisationView, day: datetime, **changes: str) -> object:
    """Send the form; the parts of a date have one name, so it is posted as the browser does."""
    path = f"{page_of(organisation)}/new"
    fields = FILLED | {"begins_on": [str(day.day), str(day.month), str(day.year)]} | changes
    return by.submit(path, **fields)  # type: ignore[arg-type]


def test_one_proposes_sees_what_it_would_mean_and_another_confirms(
    app: Flask, organisation: OrganisationView, administrator: Administrator, now: datetime
) -> None:
    first, second = administrator("priya.patel"), administrator("sam.okafor")
    form = first.open(f"{page_of(organisation)}/new").text
    check_page(form)
    assert propose(first, organisation, now).status_code == 303  # type: ignore[attr-defined]
    page = first.open(page_of(organisation)).text
    check_page(page)
    assert "2 people have no way in yet" in page
    assert "another administrator of your organisation must confirm it" in page
    proposal = page.split("/organisations/policies/proposals/")[1].split("/")[0]
    confirm = f"/organisations/policies/proposals/{proposal}/confirm"
    assert first.submit(confirm, page=page_of(organisation)).status_code == 403
    assert second.submit(confirm, page=page_of(organisation)).status_code == 303
    with transaction(app.extensions["engine"], writes=False) as session:
        held = find_policy(session, organisation.id, now)
        assert held is not None
        assert (held.methods, held.least_level, held.idle_minutes, held.set_up_days) == (
            ["password_and_code", "passkey"],
            MFA,
            30,
            14,
        )
    assert second.open("/profile").location == "/sign-in/set-up?next=/profile"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"idle_minutes": "600"}, "from 5 to 60"),
        ({"attestation": "hardware"}, "trusts no maker of authenticators yet"),
        ({"officer_level": SFA}, "Officers cannot be asked for less than everybody"),
        ({"accepted_aaguids": "yubikey"}, "when passkeys are attested"),
        ({"reason": ""}, "Enter the reason"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_lost(
    organisation: OrganisationView,
    administrator: Administrator,
    now: datetime,
    changes: dict[str, str],
    said: str,
) -> None:
    answer = propose(administrator("priya.patel"), organisation, now, **changes)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    page: str = answer.text  # type: ignore[attr-defined]
    check_page(page)
    assert said in page
    assert 'value="14"' in page


def test_a_day_that_is_over_is_refused(
    organisation: OrganisationView, administrator: Administrator, now: datetime
) -> None:
    answer = propose(administrator("priya.patel"), organisation, now - timedelta(days=1))
    assert answer.status_code == 422  # type: ignore[attr-defined]


def test_another_organisations_policy_is_nobody_elses(
    app: Flask, administrator: Administrator, organisation: OrganisationView
) -> None:
    with transaction(app.extensions["engine"]) as session:
        other = make_organisation(session, app.config["CLOCK"](), "MOJ")
    assert administrator("priya.patel").open(page_of(other)).status_code == 404


def test_the_preview_counts_who_has_what(app: Flask, organisation: OrganisationView, now: datetime) -> None:
    engine = app.extensions["engine"]
    platform = app.extensions[EXTENSION].settings.platform
    with transaction(engine) as session:
        agency = make_organisation(session, now, "VOA", parent=organisation)
        people: list[UUID] = [
            make_employee(session, now, where, f"person.{name}").person_id
            for name, where in (("one", organisation), ("two", agency), ("three", organisation))
        ]
        for person_id in people[:2]:
            set_password(session, person_id, "otters swim at dawn", now, CHEAP)
    give_passkey(engine, people[0], now)
    with transaction(engine, writes=False) as session:
        strict = preview(session, organisation.id, terms(methods=["passkey"]), now, platform)
        lax = preview(session, organisation.id, terms(), now, platform)
    assert (strict, lax) == (Preview(1, 1, 1), Preview(2, 0, 1))


def test_the_preview_looks_at_those_above_too(
    app: Flask, organisation: OrganisationView, now: datetime
) -> None:
    with transaction(app.extensions["engine"]) as session:
        agency = make_organisation(session, now, "VOA", parent=organisation)
        make_policy(session, now, organisation.id, least_level=MFA)
        person_id = make_employee(session, now, agency).person_id
        set_password(session, person_id, "otters swim at dawn", now, CHEAP)
        platform = app.extensions[EXTENSION].settings.platform
        assert preview(session, agency.id, terms(), now, platform) == Preview(0, 1, 0)
