"""Whatever people's browsers send to the pages: never a 500, never a stack trace."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlmodel import select
from werkzeug.test import TestResponse

from identity.clients.client_secrets import fingerprint, hash_secret
from identity.clients.service import register
from profiles.apps.models import App
from profiles.audit.models import AuditEntry
from profiles.roles.models import Role
from profiles.roles.permissions import GIVEN
from profiles.transfers.models import Side
from tests.factories.organisations import INITIATOR
from tests.factories.people import give_role
from tests.factories.transfers import Move
from tests.fuzz.fuzzing import GOOD, fuzz
from tests.fuzz.openapi import describe
from tests.support.signed_in import sign_in


def known(move: Move) -> dict[str, list[str]]:
    """Things that are there, so that addresses lead to them, and good answers to the forms' questions."""
    transfer = move.prepare()
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    entry = move.session.exec(select(AuditEntry.id)).first()
    app_id = move.session.exec(select(App.id).where(App.organisation_id == move.hmrc.id)).one()
    client = register(
        move.session,
        move.now,
        INITIATOR,
        client_name="Casework",
        app_id=app_id,
        redirect_uris=["https://casework.example/callback"],
        development=False,
    )
    nobody = "00000000-0000-0000-0000-000000000001"
    return {
        "transfer_id": [str(transfer.id), nobody],
        "person_id": [str(move.employee), nobody],
        "app_id": [str(app_id), str(app_id), nobody],
        "client_id": [client.client_id, "x"],
        "fingerprint": [fingerprint(hash_secret(client.client_secret)), "x"],
        "entry_id": [str(entry), nobody],
        **{name: [nobody] for name in ("session_id", "passkey_id")},
        "kind": ["web", "spa", "native", "service", "x"],
        "page": ["", "1", "-1", "99999999999999999999"],
    }


def test_no_request_is_an_error_of_ours(app: Flask, move: Move) -> None:
    """As somebody who has every role; the forms' token is not asked for, so that what they hold is read."""
    person_id = move.hmrc_officer
    for role in GIVEN:
        place = None if role is Role.PLATFORM_ADMINISTRATOR else move.hmrc.id
        if role is not Role.HR_OFFICER:
            give_role(move.session, move.now, person_id, role, place)
    values = known(move)
    move.session.commit()
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = False

    def send(request: Mapping[str, Any]) -> TestResponse:
        return sign_in(app, person_id).client.open(base_url="http://localhost", **request)

    statuses = fuzz(describe(app, values, protocol=False), send, GOOD, examples=2)
    assert {200, 404} <= statuses
