"""The two departments' apps: roles, rules, agreements, and the clients by which they speak to Lanyard."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from uuid import UUID

from sqlmodel import Session, col, select

from app.demo import INITIATOR, PROVENANCE
from identity.clients import service as clients
from identity.clients.client_secrets import ClientCredentials, has_live_secret, rotate_secret
from identity.clients.images import Image, find_image
from identity.clients.logos import keep
from identity.clients.models import Client
from profiles.apps import roles, service
from profiles.apps.claims import Claim
from profiles.apps.models import App, LawfulBasis
from profiles.organisations.grades import CommonGrade
from profiles.temporal import start_of_day

AGREED_FROM = start_of_day(date(2025, 1, 1))
CLAIMS = (
    Claim.NAME,
    Claim.GIVEN_NAME,
    Claim.FAMILY_NAME,
    Claim.EMAIL,
    Claim.ORGANISATION_ID,
    Claim.ORGANISATION,
    Claim.GRADE,
    Claim.ROLES,
    Claim.MEETS_CLEARANCE,
)
ROLES = (("viewer", "Viewer"), ("caseworker", "Caseworker"), ("senior_caseworker", "Senior caseworker"))


@dataclass(frozen=True)
class Rule:
    """A role for the department's own people between two grades, with a clearance where one is named."""

    role: str
    lowest: CommonGrade
    highest: CommonGrade
    clearance: str | None = None


@dataclass(frozen=True)
class DemoApp:
    """One department's case desk."""

    organisation: str
    name: str
    client_id: str
    contact: str
    purpose: str
    retention: str
    data_protection_contact: str
    rules: Sequence[Rule]


APPS = (
    DemoApp(
        organisation="HMRC",
        name="Tax Case Desk",
        client_id="tax-case-desk",
        contact="tax.case.desk@hmrc.gov.uk",
        purpose="To show you the tax cases that you may work on, and to record who worked on them.",
        retention="Two years after the case is closed",
        data_protection_contact="data.protection@hmrc.gov.uk",
        rules=(
            Rule("viewer", CommonGrade.AA, CommonGrade.AO),
            Rule("caseworker", CommonGrade.EO, CommonGrade.SEO),
            Rule("senior_caseworker", CommonGrade.SEO, CommonGrade.G6),
        ),
    ),
    DemoApp(
        organisation="HO",
        name="Immigration Case Desk",
        client_id="immigration-case-desk",
        contact="immigration.case.desk@homeoffice.gov.uk",
        purpose="To show you the immigration cases that you may work on, and to record who worked on them.",
        retention="Five years after the case is closed",
        data_protection_contact="data.protection@homeoffice.gov.uk",
        rules=(
            Rule("viewer", CommonGrade.AA, CommonGrade.AO),
            Rule("caseworker", CommonGrade.EO, CommonGrade.SEO),
            Rule("senior_caseworker", CommonGrade.SEO, CommonGrade.G6, clearance="SC"),
        ),
    ),
)


def load_apps(
    session: Session, now: datetime, organisations: Mapping[str, UUID], ports: Sequence[int]
) -> int:
    """Make the apps that are not there yet, each at ``http://localhost`` and its port; say how many."""
    made = 0
    for wanted, port in zip(APPS, ports, strict=True):
        app = _find_app(session, organisations[wanted.organisation], wanted.name)
        if app is None:
            _make_app(session, now, wanted, organisations[wanted.organisation], _home(port))
            made += 1
        else:
            app.home_url = f"{_home(port)}/"
            session.add(app)
    return made


def load_clients(
    session: Session, now: datetime, organisations: Mapping[str, UUID], ports: Sequence[int], folder: Path
) -> dict[Path, ClientCredentials]:
    """Register the clients that are not there yet and keep their addresses in step with the ports.

    Returns what must be written where: the credentials that are new, or whose file was lost.
    """
    to_write = {}
    for wanted, port in zip(APPS, ports, strict=True):
        app = _find_app(session, organisations[wanted.organisation], wanted.name)
        if app is None:
            raise LookupError(wanted.name)
        addresses = _addresses(_home(port))
        file = folder / f"{wanted.organisation}.json"
        client = session.get(Client, wanted.client_id)
        if client is None:
            to_write[file] = clients.register(
                session,
                now,
                INITIATOR,
                client_name=wanted.name,
                app_id=app.id,
                development=True,
                client_id=wanted.client_id,
                redirect_uris=addresses.redirect_uris,
                post_logout_redirect_uris=addresses.post_logout_redirect_uris,
                backchannel_logout_uri=addresses.backchannel_logout_uri,
                initiate_login_uri=addresses.initiate_login_uri,
                logo_uri=addresses.logo_uri,
            )
            # From here and not from there: the desks are started after this.
            keep(session, wanted.client_id, addresses.logo_uri, _logo(), now)
            continue
        client.redirect_uris = addresses.redirect_uris
        client.post_logout_redirect_uris = addresses.post_logout_redirect_uris
        client.backchannel_logout_uri = addresses.backchannel_logout_uri
        client.initiate_login_uri = addresses.initiate_login_uri
        client.logo_uri = addresses.logo_uri
        session.add(client)
        keep(session, wanted.client_id, addresses.logo_uri, _logo(), now)
        if not has_live_secret(session, client.client_id, _secret_in(file), now):
            to_write[file] = rotate_secret(
                session, now, INITIATOR, client_id=client.client_id, overlap=timedelta(0)
            )
    return to_write


def write_credentials(to_write: Mapping[Path, ClientCredentials]) -> None:
    """Write what each app needs to know, readable by nobody else. Raises OSError."""
    for file, credentials in to_write.items():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = file.with_name(f"{file.name}.partial")
        partial.unlink(missing_ok=True)
        content = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
            json.dump(content, target)
        partial.replace(file)


@dataclass(frozen=True)
class _Addresses:
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    backchannel_logout_uri: str
    initiate_login_uri: str
    logo_uri: str


def _home(port: int) -> str:
    return f"http://localhost:{port}"


def _addresses(home: str) -> _Addresses:
    return _Addresses(
        [f"{home}/callback"],
        [f"{home}/signed-out"],
        f"{home}/backchannel-logout",
        f"{home}/sign-in",
        f"{home}/static/logo.png",
    )


def _logo() -> Image | None:
    return find_image((files("app.demo") / "samples" / "case-desk.png").read_bytes())


def _find_app(session: Session, organisation_id: UUID, name: str) -> App | None:
    query = select(App).where(col(App.organisation_id) == organisation_id, col(App.name) == name)
    return session.exec(query).first()


def _make_app(session: Session, now: datetime, wanted: DemoApp, organisation_id: UUID, home: str) -> None:
    app = service.create_app(
        session,
        now,
        INITIATOR,
        organisation_id=organisation_id,
        name=wanted.name,
        home_url=f"{home}/",
        contact=wanted.contact,
    )
    for rank, (name, label) in enumerate(ROLES, start=1):
        roles.add_role(session, now, INITIATOR, app.id, name, label, rank)
    for rule in wanted.rules:
        service.add_rule(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            app_id=app.id,
            role_name=rule.role,
            valid_from=AGREED_FROM,
            organisation_id=organisation_id,
            grade_from=rule.lowest,
            grade_to=rule.highest,
            least_clearance=rule.clearance,
        )
    service.agree(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        app_id=app.id,
        purpose=wanted.purpose,
        lawful_basis=LawfulBasis.PUBLIC_TASK,
        claims=[claim.value for claim in CLAIMS],
        retention=wanted.retention,
        contact=wanted.data_protection_contact,
        valid_from=AGREED_FROM,
        valid_to=None,
    )


def _secret_in(file: Path) -> str:
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["client_secret"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
