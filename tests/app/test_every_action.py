"""Every address, opened and posted to by whoever may not: role × action × organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from profiles.roles.models import Role
from profiles.roles.permissions import GIVEN
from tests.app.test_every_page import NOBODY, READERS, may_open, reader, things
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

OF_ACTIONS: dict[str, Any] = {"part": "second"}
"""What stands in addresses of actions alone; a thing that is not named is none that there is."""
NO_SECRET = ("/sign-in/departments/", "/profile/apps/", "/people/apps/")
"""Which departments sign in here and which apps there are everybody may know; of the apps one sees one's own
people alone."""
FOR_EVERYBODY = {"/organisations/register/<uuid:organisation_id>"}
"""The register of organisations, read by whoever is signed in: the page alone, not what is below it."""
_CHANGES_EACH_TIME = re.compile(
    r'nonce="[^"]*"|name="csrf_token" value="[^"]*"|app-reference">[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}'
)


def actions(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every address of people with each method; the endpoints of the protocol answer programs."""
    for rule in app.url_map.iter_rules():
        programs = ("identity.endpoints", "app.api")
        if rule.endpoint != "static" and not app.view_functions[rule.endpoint].__module__.startswith(
            programs
        ):
            for method in ("GET", "POST"):
                if method in (rule.methods or ()):
                    yield rule, method


def send(app: Flask, visitor: Visitor, rule: Rule, method: str, known: dict[str, Any]) -> TestResponse:
    with app.test_request_context():
        path = url_for(
            rule.endpoint,
            **{name: known.get(name, OF_ACTIONS.get(name, UUID(int=0))) for name in rule.arguments},
        )
    return visitor.open(path) if method == "GET" else visitor.post(path)


@pytest.mark.parametrize("who", [one for one in READERS if one != NOBODY])
def test_what_a_role_does_not_allow_is_refused_before_anything_is_read(
    app: Flask, move: Move, who: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    person_id = reader(move, who)
    known = things(move)
    move.session.commit()
    visitor = sign_in(app, person_id)
    for rule, method in actions(app):
        if method == "POST" and not may_open(app, rule, who):
            assert send(app, visitor, rule, method, known).status_code == 403, (who, method, rule)


def test_whoever_holds_every_role_elsewhere_learns_nothing_of_what_is_here(app: Flask, move: Move) -> None:
    """What is there answers as what is not: opened or posted to, with the same status and the same words."""
    app.config["WTF_CSRF_ENABLED"] = False
    dft = make_organisation(move.session, move.now, "DFT")
    outsider = make_employee(move.session, move.now, dft, "otto.outsider").person_id
    for role in GIVEN:
        if role is not Role.PLATFORM_ADMINISTRATOR:
            give_role(move.session, move.now, outsider, role, dft.id)
    here = things(move)
    nowhere = here | {name: uuid4() for name, value in here.items() if isinstance(value, UUID)}
    nowhere |= {"client_id": "x", "fingerprint": "x"}
    move.session.commit()
    visitor = sign_in(app, outsider)
    differs = []
    for rule, method in actions(app):
        if set(rule.arguments) & {name for name in here if here[name] != nowhere[name]}:
            found, missing = (send(app, visitor, rule, method, known) for known in (here, nowhere))
            told = seen(found) != seen(missing) or found.status_code < 300
            if told and not str(rule).startswith(NO_SECRET) and str(rule) not in FOR_EVERYBODY:
                differs.append((method, str(rule), found.status_code, missing.status_code))
    assert differs == []


def seen(answer: TestResponse) -> tuple[int, str]:
    """What somebody sees of an answer, without what is new each time."""
    return answer.status_code, _CHANGES_EACH_TIME.sub("", answer.text)
