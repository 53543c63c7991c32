"""Two departments' own providers, run by programs that we did not write, and set up at a served Lanyard."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, expect

from app.database import transaction
from identity.acr import MULTI_FACTOR
from identity.federation import providers
from identity.federation.models import UpstreamProvider
from identity.federation.providers import Proposal
from identity.keys.encryption import KeyEncryption
from tests.factories.people import make_person
from tests.support import serving
from tests.support.node import NODE, require_package
from tests.support.provider import PASSWORD, ServedProvider

HERE = Path(__file__).parent
SECRET = "a secret between the department and Lanyard"


@contextmanager
def node_department(lanyard: ServedProvider, organisation_id: UUID, folder: Path) -> Iterator[str]:
    """npm oidc-provider, to which Lanyard proves itself with its key; its issuer."""
    require_package("oidc-provider")
    listening = serving.listen()
    issuer = serving.address(listening)
    made = _set_up(
        lanyard,
        Proposal(
            organisation_id,
            name="HMRC account",
            issuer=issuer,
            client_id="lanyard",
            acr_levels={"urn:hmrc:two-factors": MULTI_FACTOR},
        ),
    )
    environment = {
        "PATH": os.environ["PATH"],
        "ISSUER": issuer,
        "RETURN": _return_address(lanyard, made),
        "LOGOUT": f"{lanyard.issuer}/sign-in/departments/{made.id}/logout",
        "SIGNED_OUT": f"{lanyard.issuer}/signed-out",
        "LANYARD_KEYS": f"{lanyard.issuer}/jwks.json",
        "ACR": "urn:hmrc:two-factors",
    }

    def command(descriptor: int) -> list[str]:
        return [str(NODE), str(HERE / "oidc_provider.mjs"), str(descriptor)]

    with serving.process(command, listening, environment, folder / "oidc_provider.log"):
        yield issuer


@contextmanager
def django_department(
    lanyard: ServedProvider, organisation_id: UUID, folder: Path, account: str
) -> Iterator[None]:
    """Django OAuth Toolkit, with which Lanyard shares a secret; it knows one account."""
    listening = serving.listen()
    home = serving.address(listening)
    made = _set_up(
        lanyard,
        Proposal(
            organisation_id,
            name="Home Office account",
            issuer=f"{home}/o",
            client_id="lanyard",
            token_endpoint_auth_method="client_secret_basic",
            client_secret=SECRET,
        ),
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "RETURN": _return_address(lanyard, made),
        "DATABASE": str(folder / "department.sqlite3"),
        "ACCOUNT": account,
        "PASSWORD": PASSWORD,
        "CLIENT_ID": "lanyard",
        "CLIENT_SECRET": SECRET,
    }

    def command(descriptor: int) -> list[str]:
        server = [sys.executable, "-m", "gunicorn", "tests.flows.departments.django_provider:application"]
        return [*server, "--no-control-socket", "--bind", f"fd://{descriptor}", "--threads", "2"]

    with serving.process(command, listening, environment, folder / "django.log"):
        yield


def sign_in_at_hmrc(page: Page, account: str) -> None:
    """What somebody does at the first department."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Department sign-in")
    page.fill("#account", account)
    page.click("#enter")


def sign_in_at_home_office(page: Page, account: str) -> None:
    """What somebody does at the second department."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Home Office sign-in")
    page.fill("#id_username", account)
    page.fill("#id_password", PASSWORD)
    page.click("#enter")


def _set_up(lanyard: ServedProvider, proposal: Proposal) -> UpstreamProvider:
    """As two administrators do it."""
    now, encryption = datetime.now(UTC), KeyEncryption(lanyard.settings.encryption_keys)
    with transaction(lanyard.engine) as session:
        first, second = (
            make_person(
                session, now, f"{name}.administrator{proposal.organisation_id.hex[-6:]}@example.gov.uk"
            )
            for name in ("first", "second")
        )
        made = providers.propose(session, now, proposal, first, MULTI_FACTOR, encryption, development=True)
        providers.note_tested(session, made.id, now, offers_sign_out=True)
        session.refresh(made)
        providers.confirm(session, made.id, second, now)
        session.expunge(made)
    return made


def _return_address(lanyard: ServedProvider, provider: UpstreamProvider) -> str:
    return f"{lanyard.issuer}/sign-in/departments/{provider.id}/return"
