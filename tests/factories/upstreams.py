"""Departments' own providers for tests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session

from identity.acr import LADDER
from identity.federation import providers
from identity.federation.models import UpstreamProvider
from identity.federation.providers import Proposal
from identity.keys.encryption import KeyEncryption
from tests.factories.people import make_person

ISSUER = "https://login.hmrc.example"
CLIENT_ID = "lanyard-at-hmrc"
NONCE = "a-nonce-that-was-sent"
ENCRYPTION = KeyEncryption([b"k" * 32])


def make_proposal(organisation_id: UUID, **changes: Any) -> Proposal:
    chosen = {
        "organisation_id": organisation_id,
        "name": "HMRC account",
        "issuer": ISSUER,
        "client_id": CLIENT_ID,
        **changes,
    }
    return Proposal(**chosen)


def make_provider(
    session: Session,
    now: datetime,
    organisation_id: UUID,
    *,
    ceiling: str = LADDER[-1],
    **changes: Any,
) -> UpstreamProvider:
    """A provider that two people have set up."""
    first, second = (make_person(session, now, f"{uuid4().hex}@example.gov.uk") for _who in range(2))
    proposal = make_proposal(organisation_id, **changes)
    made = providers.propose(session, now, proposal, first, ceiling, ENCRYPTION, development=True)
    providers.note_tested(session, made.id, now)
    session.refresh(made)
    providers.confirm(session, made.id, second, now)
    session.refresh(made)
    return made


def id_token_claims(now: datetime, **changes: Any) -> dict[str, Any]:
    """What a good ID token of the provider says; None leaves a claim out."""
    chosen = {
        "iss": ISSUER,
        "sub": "account-1",
        "aud": CLIENT_ID,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=5)).timestamp()),
        "nonce": NONCE,
        **changes,
    }
    return {name: value for name, value in chosen.items() if value is not None}
