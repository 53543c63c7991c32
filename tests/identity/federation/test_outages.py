"""A department's provider is out of order: what its people see, and what its administrators do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.database import transaction
from identity.federation import health
from identity.federation.errors import Fault, UpstreamAnswerInvalid, UpstreamUnavailable
from identity.federation.gate import SmallGate
from identity.federation.health import Health
from identity.federation.openid.exchange import form_poster
from identity.federation.upstreams import EXTENSION, Upstreams
from identity.sign_in import passkeys
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.contacts import make_contact
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role
from tests.factories.policies import ALL, MFA, PHR, SFA, make_policy
from tests.identity.endpoints.provider import Clock, Provider
from tests.identity.federation.department import Department
from tests.identity.federation.test_sign_in import is_let_in, who_is_in


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def linked(provider: Provider) -> Department:
    department = Department(provider)
    department.link(provider.person_id)
    return department


def known(department: Department) -> Health:
    with transaction(department.provider.engine) as session:
        return health.of_providers(session, {department.provider_id}).get(
            department.provider_id, health.UNKNOWN
        )


def leave_while_it_is_down(department: Department) -> TestResponse:
    department.is_down = True
    return department.provider.submit(department.provider.get("/sign-in/departments"))


def come_back_to_no_token_endpoint(department: Department) -> TestResponse:
    department.token_endpoint_is_down = True
    return department.sign_in()


def come_back_to_no_keys(department: Department) -> TestResponse:
    department.keys_are_down = True
    return department.sign_in()


def be_told(department: Department) -> TestResponse:
    return department.come_back(department.leave(), code=None, error="temporarily_unavailable")


@pytest.mark.parametrize(
    ("meet", "fault"),
    [
        (leave_while_it_is_down, Fault.DISCOVERY),
        (come_back_to_no_token_endpoint, Fault.TOKEN_ENDPOINT),
        (come_back_to_no_keys, Fault.KEYS),
        (be_told, Fault.SAID_SO),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else None,
)
def test_an_outage_is_shown_as_such_with_another_way_and_noted(
    provider: Provider, linked: Department, meet: Callable[[Department], TestResponse], fault: Fault
) -> None:
    answer = meet(linked)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")
    check_page(answer.text)
    assert "HMRC account cannot be reached" in answer.text
    assert "Sign in another way" in answer.text
    assert who_is_in(provider) is None
    noted = known(linked)
    assert (noted.fault, noted.failed_at, noted.is_failing) == (fault, provider.now, True)


WITH_CODE = "your password for Lanyard and a code from an app"


def other_ways(page: str) -> list[str]:
    """What the page says that the organisation accepts instead."""
    listed = re.search(r'id="other-ways">(.*?)</ul>', page, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", listed[1]) if listed else []


@pytest.mark.parametrize(
    ("methods", "least_level", "shown"),
    [
        (
            ALL,
            SFA,
            ["a passkey", WITH_CODE, "your password for Lanyard"],
        ),
        (ALL, MFA, ["a passkey", WITH_CODE]),
        (
            ["passkey", "password_and_code"],
            SFA,
            ["a passkey", WITH_CODE],
        ),
        (["passkey", "department"], SFA, ["a passkey"]),
        (ALL, PHR, ["a passkey"]),
    ],
)
def test_an_outage_names_what_else_the_organisation_accepts_and_no_more(
    provider: Provider, methods: list[str], least_level: str, shown: list[str]
) -> None:
    """Of the department whose account it is: nobody is known yet, and nobody is asked for."""
    department = Department(provider)
    with transaction(provider.engine) as session:
        make_policy(session, provider.now, provider.organisation.id, methods=methods, least_level=least_level)
    page = leave_while_it_is_down(department)
    check_page(page.text)
    assert other_ways(page.text) == shown
    assert 'href="/sign-in/help"' in page.text


def test_an_outage_says_how_the_departments_hr_team_is_reached_where_it_is_published(
    provider: Provider,
) -> None:
    department = Department(provider)
    assert 'id="contact-hr"' not in leave_while_it_is_down(department).text
    with transaction(provider.engine) as session:
        make_contact(session, provider.now, provider.organisation.id)
        make_contact(session, provider.now, make_organisation(session, provider.now, "HO").id, phone="0300 2")
    page = leave_while_it_is_down(department).text
    check_page(page)
    assert re.findall(r'href="tel:(\d+)"', page) == ["03001111111"]


def test_keys_that_do_not_have_the_signers_are_no_outage(provider: Provider, linked: Department) -> None:
    linked.key = type(linked.key).make("ES256", "department-key")
    assert linked.sign_in().status_code == 400
    assert known(linked).fault is Fault.ANSWER


@pytest.mark.looks_at("sign_in/department_problem.html")
def test_cancelling_is_no_failure(provider: Provider, linked: Department) -> None:
    linked.come_back(linked.leave(), code=None, error="access_denied")
    assert known(linked) == health.UNKNOWN


def test_when_it_works_again_that_is_noted(provider: Provider, linked: Department) -> None:
    come_back_to_no_token_endpoint(linked)
    linked.token_endpoint_is_down = False
    provider.clock.forward(seconds=20)
    assert is_let_in(linked.sign_in(), "/")
    noted = known(linked)
    assert (noted.succeeded_at, noted.is_failing) == (provider.now, False)
    provider.clock.forward(seconds=20)
    linked.sign_in()
    assert known(linked) == noted, "at most once a minute"
    provider.clock.forward(minutes=1)
    linked.sign_in()
    assert known(linked).succeeded_at == provider.now


def test_its_administrators_see_when_and_where_it_failed_and_of_nobody(
    provider: Provider, linked: Department
) -> None:
    linked.claims = {"nonce": "another", "email": "priya.patel@hmrc.gov.uk"}
    linked.sign_in()
    with transaction(provider.engine) as session:
        here = provider.organisation.id
        officer = provider.another_person()
        give_role(session, provider.now, officer, Role.ORGANISATION_ADMINISTRATOR, here)
    provider.sign_in(officer, amr=passkeys.AMR)
    assert "the last sign-in failed" in provider.get("/organisations/sign-in").text
    page = provider.get(f"/organisations/sign-in/{linked.provider_id}").text
    check_page(page)
    assert "what it answered was not in order" in page
    assert "the nonce is not the one that was sent" in page
    assert "priya.patel" not in page
    assert "account-1" not in page


class _Endpoint(BaseHTTPRequestHandler):
    """Answers with the status in its path."""

    def do_POST(self) -> None:
        status, _, body = self.path.strip("/").partition("/")
        self.send_response(int(status))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Endpoint)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/500", "/503", "/429"])
def test_a_token_endpoint_that_is_out_of_order_is_an_outage(endpoint: str, path: str) -> None:
    with pytest.raises(UpstreamUnavailable) as refused:
        form_poster(development=True)(endpoint + path, {}, {})
    assert refused.value.fault is Fault.TOKEN_ENDPOINT


@pytest.mark.parametrize("path", ["/400/{}", "/302", "/200/<html>", "/200/[[[["])
def test_a_token_endpoint_that_refuses_or_babbles_is_none(endpoint: str, path: str) -> None:
    with pytest.raises(UpstreamAnswerInvalid):
        form_poster(development=True)(endpoint + path, {}, {})


def test_a_token_endpoint_that_nobody_serves_is_an_outage_and_a_private_one_is_never_asked(
    endpoint: str,
) -> None:
    for development, address in ((True, "http://127.0.0.1:9"), (False, endpoint + "/200/{}")):
        with pytest.raises(UpstreamUnavailable):
            form_poster(development=development)(address, {}, {})


def busy(department: Department) -> Upstreams:
    """The department's people find one place, and nobody waits for it."""
    upstreams = replace(department.provider.app.extensions[EXTENSION], gate=SmallGate(waiting=1, seconds=0))
    department.provider.app.extensions[EXTENSION] = upstreams
    return upstreams


def again(answer: TestResponse) -> str:
    """Where the page of somebody who was turned away leads on."""
    check_page(answer.text)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Lanyard is busy" in answer.text
    found = re.search(r'id="again"[^>]* href="([^"]+)"', answer.text)
    assert found
    return unescape(found.group(1))


def test_whoever_comes_back_to_no_place_comes_back_once_more(linked: Department) -> None:
    upstreams = busy(linked)
    asked = linked.leave(next="/profile")
    with upstreams.asking():
        path = again(linked.come_back(asked))
    assert known(linked) == health.UNKNOWN
    assert is_let_in(linked.provider.get(path))


def test_whoever_finds_no_place_to_leave_by_keeps_the_address_that_they_typed(linked: Department) -> None:
    upstreams = busy(linked)
    provider = linked.provider
    page = provider.get("/sign-in/department")
    with upstreams.asking():
        path = again(provider.submit(page, address="asha@hmrc.gov.uk"))
    assert 'value="asha@hmrc.gov.uk"' in provider.get(path).text
