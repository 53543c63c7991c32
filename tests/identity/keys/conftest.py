"""Keys and a clock for the tests of signing keys."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, create_engine

from identity.keys.encryption import KeyEncryption, new_encryption_key
from identity.keys.model import SigningKey


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def encryption() -> KeyEncryption:
    return KeyEncryption.from_base64(new_encryption_key())


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    SigningKey.metadata.create_all(engine, tables=[SigningKey.__table__])
    with Session(engine) as session:
        yield session
    engine.dispose()
