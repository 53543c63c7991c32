"""A sealed trail with a signed checkpoint, and a signer whose key the tests hold."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.checkpoint_keys import verifier_of
from app.database import transaction
from identity.keys.algorithms import generate_key
from identity.keys.signer import LocalSigner
from profiles.audit import service
from profiles.audit.catalogue import Event
from profiles.audit.sealing import Sign, Signature, checkpoint, seal
from profiles.audit.service import Initiator
from profiles.audit.trail import DatabaseTrail
from profiles.audit.verification import Report, VerifySignature, verify

SYSTEM = Initiator.system("test")


class CheckpointKey:
    """A key pair of the tests' own."""

    def __init__(self, kid: str) -> None:
        key = generate_key("ES256")
        self.jwk = {**key.as_dict(private=False), "kid": kid, "alg": "ES256"}
        self._signer = LocalSigner(kid, "ES256", key.as_dict(private=True))

    def sign(self, statement: bytes) -> Signature:
        return Signature(self._signer.kid, "ES256", self._signer.sign(statement))


@pytest.fixture(scope="session")
def key() -> CheckpointKey:
    return CheckpointKey("key-1")


@pytest.fixture
def sign(key: CheckpointKey) -> Sign:
    return key.sign


@pytest.fixture
def verify_signature(key: CheckpointKey) -> VerifySignature:
    return verifier_of([key.jwk])


@pytest.fixture
def append(engine: Engine, now: datetime) -> Callable[[int], None]:
    def append(count: int) -> None:
        with transaction(engine) as session:
            for number in range(count):
                service.append(
                    session,
                    Event.PERSON_CREATED,
                    SYSTEM,
                    now,
                    details={"number": number},
                    personal={"address": f"person.{number}@example.gov.uk"},
                )

    return append


@pytest.fixture
def sealed(engine: Engine, append: Callable[[int], None], sign: Sign, now: datetime) -> None:
    """Ten entries, sealed; checkpoints at positions 5 and 10."""
    for minutes in (1, 2):
        append(5)
        with transaction(engine) as session:
            seal(session, now)
            assert checkpoint(session, now + timedelta(minutes=minutes), sign, entries=5)


@pytest.fixture
def verify_database(engine: Engine, verify_signature: VerifySignature, now: datetime) -> Callable[[], Report]:
    def verify_database() -> Report:
        with Session(engine) as session:
            return verify(DatabaseTrail(session), verify_signature, now)

    return verify_database
