"""An app that signs people in by itself when Lanyard sends them is opened so (OpenID Connect Core §4)."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from identity.clients import service as clients
from identity.clients.service import ClientCredentials
from profiles.apps.models import App
from tests.app.page_checks import check_page
from tests.factories.organisations import INITIATOR
from tests.factories.transfers import Move
from tests.support.visitor import Visitor

START = "https://tax.example/sign-in"
ISS = "iss=http%3A%2F%2Flocalhost"


def register(move: Move, app_name: str = "Tax Desk", **metadata: Any) -> ClientCredentials:
    app_id: UUID = move.session.exec(select(App.id).where(App.name == app_name)).one()
    credentials = clients.register(
        move.session,
        move.now,
        INITIATOR,
        client_name=app_name,
        app_id=app_id,
        redirect_uris=["https://tax.example/callback"],
        development=False,
        **metadata,
    )
    move.session.commit()
    return credentials


def hrefs(employee: Visitor) -> str:
    page = employee.open("/profile/apps").text
    check_page(page)
    return page


@pytest.mark.parametrize(
    ("uri", "href"), [(START, f"{START}?{ISS}"), (f"{START}?a=b", f"{START}?a=b&amp;{ISS}")]
)
def test_an_open_app_is_started_where_it_wants_to_be(
    employee: Visitor, move: Move, uri: str, href: str
) -> None:
    """§4: ``iss`` says who sends the person; nothing says who the person is."""
    register(move, initiate_login_uri=uri)
    page = hrefs(employee)
    assert f'href="{href}"' in page
    assert "login_hint" not in page


def test_an_app_without_such_an_address_is_opened_at_its_home(employee: Visitor, move: Move) -> None:
    register(move)
    home = move.session.exec(select(App.home_url).where(App.name == "Tax Desk")).one()
    assert f'href="{home}"' in hrefs(employee)


def test_a_client_that_was_disabled_is_not_started(employee: Visitor, move: Move) -> None:
    client = register(move, initiate_login_uri=START)
    clients.disable(move.session, move.now, INITIATOR, client.client_id)
    move.session.commit()
    assert START not in hrefs(employee)


def test_an_app_that_refuses_the_person_is_not_started(employee: Visitor, move: Move) -> None:
    register(move, "Visa Desk", initiate_login_uri=START)
    assert START not in hrefs(employee)
