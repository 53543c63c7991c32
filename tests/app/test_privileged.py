"""What acting for a department wants: a fresh sign-in at the level of ``LANYARD_PRIVILEGED_ACR``.

HR, security officers and administrators sign in at that level in any case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from pydantic import ValidationError
from sqlalchemy import update
from werkzeug.test import TestResponse

from app import create_app
from app.access import requirement_of
from app.config import Settings
from app.database import transaction
from identity.sessions.models import LoginSession
from identity.sign_in.passwords import PasswordCost, set_password
from profiles.roles.models import Role
from profiles.roles.permissions import ALLOWED, Demand, Permission, requires
from tests.app.page_checks import check_page
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

CHEAP = PasswordCost(time=1, memory_kib=8)


@pytest.fixture
def app(settings: Settings, now: datetime) -> Iterator[Flask]:
    """The application as it asks in production, with views that commit a department."""
    app = create_app(settings.model_copy(update={"privileged_acr": "phr"}), clock=lambda: now)
    approve = requires(Permission.APPROVE_TRANSFER, fresh=True)(lambda: "approved")
    app.add_url_rule("/approve", view_func=approve, endpoint="approve")
    manage = requires(Permission.MANAGE_CLIENTS, fresh=True)(lambda: "managed")
    app.add_url_rule("/manage", view_func=manage, endpoint="manage")
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def officer(app: Flask, now: datetime) -> UUID:
    assert Permission.APPROVE_TRANSFER in ALLOWED[Role.HR_OFFICER]
    return holder_of(app, now, Role.HR_OFFICER)


@pytest.fixture
def owner(app: Flask, now: datetime) -> UUID:
    """Somebody who may do what is privileged, and is asked for no more than others when signing in."""
    assert Permission.MANAGE_CLIENTS in ALLOWED[Role.APP_OWNER]
    return holder_of(app, now, Role.APP_OWNER)


def holder_of(app: Flask, now: datetime, role: Role) -> UUID:
    with transaction(app.extensions["engine"]) as session:
        hmrc = make_organisation(session, now)
        person_id = make_employee(session, now, hmrc, "harriet.khan").person_id
        give_role(session, now, person_id, role, hmrc.id)
    return person_id


def at_level(app: Flask, person_id: UUID, acr: str, *, minutes_ago: int = 0) -> Visitor:
    visitor = sign_in(app, person_id, minutes_ago=minutes_ago)
    with transaction(app.extensions["engine"]) as session:
        session.execute(update(LoginSession).values(acr=acr))
    return visitor


def led_to_sign_in(response: TestResponse) -> dict[str, list[str]]:
    assert response.status_code == 302
    assert urlsplit(response.location).path == "/sign-in"
    return parse_qs(urlsplit(response.location).query)


@pytest.mark.parametrize("held", ["urn:lanyard:acr:sfa", "urn:lanyard:acr:mfa"])
def test_a_weaker_sign_in_is_asked_for_a_stronger_one(app: Flask, owner: UUID, held: str) -> None:
    asked = led_to_sign_in(at_level(app, owner, held).open("/manage"))
    assert asked == {"next": ["/manage"], "fresh": ["1"], "level": ["phr"], "insists": ["1"], "here": ["1"]}


def test_an_officer_who_signed_in_more_weakly_does_nothing_before_setting_up(
    app: Flask, officer: UUID
) -> None:
    visitor = at_level(app, officer, "urn:lanyard:acr:mfa")
    for path in ("/transfers", "/profile", "/profile/accounts"):
        response = visitor.open(path)
        assert response.status_code == 302, path
        assert response.location == f"/sign-in/set-up?next={path}"


def test_a_fresh_passkey_is_enough(app: Flask, officer: UUID) -> None:
    assert at_level(app, officer, "phr").open("/approve").text == "approved"


def test_a_passkey_of_long_ago_is_not(app: Flask, officer: UUID) -> None:
    led_to_sign_in(at_level(app, officer, "phr", minutes_ago=11).open("/approve"))


def test_somebody_without_a_passkey_is_led_to_adding_one_and_back(app: Flask, owner: UUID) -> None:
    visitor = at_level(app, owner, "urn:lanyard:acr:sfa")
    page = visitor.open(visitor.open("/manage").location).text
    check_page(page)
    assert 'id="password"' not in page
    add = "/profile/sign-in-methods/passkeys/new?next=/manage"
    assert f'href="{add}"' in page
    assert visitor.open(add).status_code == 200


def test_an_officer_without_a_passkey_is_led_to_adding_one_and_back(app: Flask, officer: UUID) -> None:
    """The first administrator, just invited: the password is enough to add the first one."""
    visitor = at_level(app, officer, "urn:lanyard:acr:sfa")
    with transaction(app.extensions["engine"]) as session:
        set_password(session, officer, "otters swim at dawn", app.config["CLOCK"](), CHEAP)
    page = visitor.open(visitor.open("/approve").location).text
    check_page(page)
    add = "/profile/sign-in-methods/passkeys/new?next=/approve"
    assert f'href="{add}"' in page
    assert visitor.open(add).status_code == 200


def test_what_does_not_commit_a_department_asks_for_nothing_more(app: Flask, owner: UUID) -> None:
    assert at_level(app, owner, "urn:lanyard:acr:sfa").open("/apps").status_code == 200


def test_approving_a_transfer_is_privileged(app: Flask) -> None:
    demands = [
        found.demand
        for view in app.view_functions.values()
        if (found := requirement_of(view)) and found.fresh and found.permission
    ]
    assert len(demands) > 2
    assert set(demands) == {Demand.PRIVILEGED}


class TestSetting:
    def test_production_wants_a_passkey_and_the_demonstration_its_passwords(self, settings: Settings) -> None:
        assert settings.privileged_level == "urn:lanyard:acr:sfa"
        production = settings.model_copy(update={"environment": "production"})
        assert production.privileged_level == "phr"

    @pytest.mark.parametrize("level", ["phrh", "gold"])
    @pytest.mark.parametrize("name", ["privileged_acr", "least_acr"])
    def test_a_level_that_nobody_reaches_is_refused(self, settings: Settings, name: str, level: str) -> None:
        with pytest.raises(ValidationError):
            Settings(**{**settings.model_dump(), name: level})
