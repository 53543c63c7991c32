"""A passkey that is attested never to leave its device, and what only looks like one (§8.2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from pydantic import ValidationError
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.acr import PHISHING_RESISTANT_HARDWARE
from identity.sessions.models import LoginSession
from identity.sign_in.models import Passkey
from identity.sign_in.passkeys import InvalidPasskey, NewPasskey, account_of, read_answer, verify_new
from identity.sign_in.passwords import set_password
from identity.sign_in.relying_party import RelyingParty
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee
from tests.factories.policies import make_policy
from tests.identity.sign_in.conftest import ADDRESS, CHEAP, PASSWORD
from tests.identity.sign_in.test_passkeys import answer_with, give_passkey
from tests.support.attestation import MODEL, Maker
from tests.support.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Authenticator,
    note_of,
    options_of,
)
from tests.support.visitor import ISSUER, Clock, Visitor, make_app

CHALLENGE = b"a challenge of the tests"
NEW = "/profile/sign-in-methods/passkeys/new"


def registered(device: Authenticator, *roots: bytes, attested: bool = True) -> NewPasskey:
    site = RelyingParty.of(ISSUER)
    account = account_of(UUID(int=1), ADDRESS, "Priya")
    options = site.registration_options(account, [], CHALLENGE, attested=attested)
    return verify_new(site, read_answer(device.create(options)), CHALLENGE, roots)


class TestVerifying:
    def test_a_key_of_a_trusted_maker_is_hardware(self) -> None:
        maker = Maker()
        new = registered(Authenticator(maker=maker, aaguid=MODEL), maker.root)
        assert (new.is_attested, new.is_hardware_bound, new.aaguid) == (True, True, str(MODEL))
        assert "hwk" in new.amr

    def test_a_certificate_for_every_model_of_its_maker_will_do(self) -> None:
        maker = Maker(certified_model=None)
        assert registered(Authenticator(maker=maker, aaguid=MODEL), maker.root).is_hardware_bound

    def test_one_that_may_be_copied_is_not_hardware(self) -> None:
        maker, flags = Maker(), PRESENT | VERIFIED | ELIGIBLE | BACKED_UP
        new = registered(Authenticator(maker=maker, aaguid=MODEL, flags=flags), maker.root)
        assert (new.is_attested, new.is_hardware_bound) == (True, False)
        assert "hwk" not in new.amr

    @pytest.mark.parametrize(
        "wrong", [{"unit": "Marketing"}, {"is_authority": True}, {"certified_model": UUID(int=7)}]
    )
    def test_a_certificate_that_is_not_of_this_model_attests_nothing(self, wrong: dict[str, Any]) -> None:
        maker = Maker(**wrong)
        assert not registered(Authenticator(maker=maker, aaguid=MODEL), maker.root).is_attested

    def test_another_makers_key_is_refused(self) -> None:
        with pytest.raises(InvalidPasskey):
            registered(Authenticator(maker=Maker(), aaguid=MODEL), Maker().root)

    def test_without_roots_nothing_is_attested_although_nothing_is_wrong(self) -> None:
        assert not registered(Authenticator(maker=Maker(), aaguid=MODEL)).is_attested

    def test_what_says_nothing_of_its_make_is_not_attested(self) -> None:
        assert not registered(Authenticator(aaguid=MODEL), Maker().root).is_attested

    def test_nobody_is_asked_for_the_make_of_their_device_without_need(self) -> None:
        maker = Maker()
        device = Authenticator(maker=maker, aaguid=MODEL)
        assert not registered(device, maker.root, attested=False).is_attested


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def roots(maker: Maker, tmp_path: Path) -> Path:
    folder = tmp_path / "roots"
    folder.mkdir()
    (folder / "maker.pem").write_bytes(maker.root)
    return folder


@pytest.fixture
def app(database_url: str, clock: Clock, roots: Path) -> Iterator[Flask]:
    app = make_app(database_url, clock, attestation_roots=roots)
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def employee(engine: Engine, now: datetime) -> UUID:
    """Somebody of an organisation that accepts passwords, and passkeys of one model only."""
    with transaction(engine) as session:
        hmrc = make_organisation(session, now)
        person_id = make_employee(session, now, hmrc).person_id
        set_password(session, person_id, PASSWORD, now, CHEAP)
        make_policy(
            session,
            now,
            hmrc.id,
            since=now - timedelta(days=1),
            methods=["passkey"],
            attestation="hardware",
            accepted_aaguids=[str(MODEL)],
        )
    return person_id


def add(visitor: Visitor, device: Authenticator) -> TestResponse:
    visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
    page = visitor.open(NEW).text
    return visitor.submit(NEW, name="Key", note=note_of(page), answer=device.create(options_of(page)))


def test_where_the_policy_wants_it_a_key_is_added_and_signs_in_at_the_highest_level(
    engine: Engine, visitor: Visitor, employee: UUID, maker: Maker, app: Flask
) -> None:
    device = Authenticator(maker=maker, aaguid=MODEL)
    assert add(visitor, device).status_code == 303
    assert answer_with(Visitor(app), device.get).location == "/"
    with transaction(engine, writes=False) as session:
        kept = session.execute(select(Passkey)).scalar_one()
        assert (kept.attestation, kept.is_attested, kept.aaguid) == ("packed", True, str(MODEL))
        levels = set(session.execute(select(LoginSession.acr)).scalars())  # type: ignore[call-overload]
    assert PHISHING_RESISTANT_HARDWARE in levels


def test_where_an_app_wants_it_whoever_has_another_passkey_adds_a_key_that_proves_its_make(
    visitor: Visitor, engine: Engine, person: UUID, now: datetime, maker: Maker
) -> None:
    give_passkey(engine, person, now)
    visitor.submit("/sign-in", address=ADDRESS, password=PASSWORD)
    page = visitor.open("/sign-in?fresh=1&level=phrh&insists=1&next=/profile").text
    path = f"{NEW}?next=/profile&attested=1"
    assert f'href="{path.replace("&", "&amp;")}"' in page
    assert 'id="passkey-sign-in"' not in page


@pytest.mark.parametrize("kind", ["of another maker", "of another model", "not attested"])
def test_any_other_is_not_added(visitor: Visitor, employee: UUID, maker: Maker, kind: str) -> None:
    other = UUID(int=7)
    device = {
        "of another maker": Authenticator(maker=Maker(), aaguid=MODEL),
        "of another model": Authenticator(
            maker=Maker(root_key=maker.root_key, certified_model=other), aaguid=other
        ),
        "not attested": Authenticator(aaguid=MODEL),
    }[kind]
    refused = add(visitor, device)
    assert refused.status_code == 422
    assert "proven to stay on its device" in refused.text


def test_discovery_names_the_level_only_where_somebody_can_reach_it(
    visitor: Visitor, database_url: str, clock: Clock
) -> None:
    where = "/.well-known/openid-configuration"
    assert "phrh" in visitor.open(where).json["acr_values_supported"]  # type: ignore[index]
    without = make_app(database_url, clock)
    assert "phrh" not in Visitor(without).open(where).json["acr_values_supported"]  # type: ignore[index]
    without.extensions["engine"].dispose()


def test_a_folder_with_something_else_is_refused_by_the_files_name(
    database_url: str, clock: Clock, roots: Path
) -> None:
    (roots / "readme.pem").write_text("not a certificate")
    with pytest.raises((ValidationError, ValueError), match=r"readme\.pem"):
        make_app(database_url, clock, attestation_roots=roots)
