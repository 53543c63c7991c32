"""The departments' own sign-ins, as two administrators have set them up, and whom people there ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.demo import INITIATOR
from app.demo.accounts import ACCOUNTS, PASSWORD
from app.demo.people import find_person
from identity.acr import MULTI_FACTOR
from identity.clients.metadata import CLIENT_SECRET_BASIC
from identity.federation import providers
from identity.federation.models import UpstreamProvider
from identity.federation.providers import Proposal
from identity.keys.encryption import KeyEncryption
from profiles.organisations.models import Team
from profiles.roles.models import Role
from profiles.sign_in.contacts import Reached, find_own, publish

CLIENT_ID = "lanyard"
CLIENT_SECRET = PASSWORD
"""What they registered Lanyard with: no more of a secret than everybody's password."""


@dataclass(frozen=True)
class DemoDepartment:
    """A department's accounts: every address at its domain is one. Its teams, by what they are reached."""

    organisation: str
    name: str
    domain: str
    hr: Reached
    security: Reached


# The numbers are of those that are kept free for stories.
DEPARTMENTS = (
    DemoDepartment(
        "HMRC",
        "HMRC staff account",
        "hmrc.gov.uk",
        Reached("020 7946 0301", "people.services@hmrc.gov.uk"),
        Reached("020 7946 0302"),
    ),
    DemoDepartment(
        "HO",
        "Home Office staff account",
        "homeoffice.gov.uk",
        Reached("020 7946 0401", "people.services@homeoffice.gov.uk"),
        Reached("020 7946 0402"),
    ),
)


def load_departments(
    session: Session,
    now: datetime,
    organisations: Mapping[str, UUID],
    ports: Sequence[int],
    encryption: KeyEncryption,
) -> int:
    """Set up the providers that are not there yet, each at ``http://localhost`` and its port; say how many.

    One that is at another port by now is another issuer: the former is ended, and accounts are linked anew.
    """
    proposes, confirms = _administrators(session)
    made = 0
    for wanted, port in zip(DEPARTMENTS, ports, strict=True):
        organisation_id = organisations[wanted.organisation]
        if find_provider(session, organisation_id, port) is not None:
            continue
        for former in _of_demonstration(session, organisation_id, wanted):
            providers.end(session, former.id, INITIATOR, now)
        proposal = Proposal(
            organisation_id,
            name=wanted.name,
            issuer=issuer_at(port),
            client_id=CLIENT_ID,
            token_endpoint_auth_method=CLIENT_SECRET_BASIC,
            client_secret=CLIENT_SECRET,
        )
        provider = providers.propose(
            session, now, proposal, proposes, MULTI_FACTOR, encryption, development=True
        )
        providers.note_tested(session, provider.id, now, offers_sign_out=True)
        session.refresh(provider)
        providers.confirm(session, provider.id, confirms, now)
        made += 1
    return made


def publish_contacts(session: Session, now: datetime, organisations: Mapping[str, UUID]) -> int:
    """Say whom people of these departments ask, where nothing is said yet; how many were published."""
    publisher, _ = _administrators(session)
    made = 0
    for wanted in DEPARTMENTS:
        organisation_id = organisations[wanted.organisation]
        for team, by in ((Team.HR, wanted.hr), (Team.SECURITY, wanted.security)):
            if find_own(session, organisation_id, team, now) is None:
                publish(
                    session,
                    now,
                    organisation_id=organisation_id,
                    team=team,
                    unverified=by,
                    person_id=publisher,
                )
                made += 1
    return made


def find_provider(session: Session, organisation_id: UUID, port: int) -> UpstreamProvider | None:
    """The provider that people of an organisation sign in through at this port."""
    found = providers.in_use(session, [organisation_id])
    return next((one for one in found if one.issuer == issuer_at(port)), None)


def issuer_at(port: int) -> str:
    """The issuer of the accounts at a port."""
    return f"http://localhost:{port}"


def _of_demonstration(
    session: Session, organisation_id: UUID, wanted: DemoDepartment
) -> list[UpstreamProvider]:
    return [one for one in providers.in_use(session, [organisation_id]) if one.name == wanted.name]


def _administrators(session: Session) -> tuple[UUID, UUID]:
    """Who proposes and who confirms."""
    holders = [
        account
        for account in ACCOUNTS
        if any(held.role is Role.ORGANISATION_ADMINISTRATOR for held in account.roles)
    ]
    first, second = (find_person(session, account) for account in holders)
    if first is None or second is None:
        raise LookupError("organisation administrators")
    return first, second
