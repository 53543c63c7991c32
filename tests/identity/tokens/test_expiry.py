"""Tokens that can mean nothing any more are forgotten, and none before that."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from identity.tokens.expiry import forget_expired
from identity.tokens.models import OpaqueAccessToken, RevokedAccessToken
from tests.factories.clients import make_client
from tests.factories.organisations import make_organisation

LIFETIME = timedelta(days=30)


def forget(session: Session, now: datetime, limit: int = 10) -> bool:
    return forget_expired(session, now, refresh_lifetime=LIFETIME, limit=limit)


def test_what_has_expired_is_forgotten_and_the_rest_stays(session: Session, now: datetime) -> None:
    client_id = make_client(session, now, make_organisation(session, now)).client_id
    for name, expires_at in (("old", now), ("good", now + timedelta(seconds=1))):
        session.add(RevokedAccessToken(token_id=name, expires_at=expires_at))
        session.add(
            OpaqueAccessToken(
                token_hash=name,
                token_id=name,
                client_id=client_id,
                sub="sub",
                scope="openid",
                audience="https://api.example/",
                issued_at=now,
                expires_at=expires_at,
            )
        )
    session.flush()
    assert not forget(session, now)
    assert session.exec(select(RevokedAccessToken.token_id)).all() == ["good"]
    assert session.exec(select(OpaqueAccessToken.token_id)).all() == ["good"]


def test_a_batch_says_that_there_may_be_more(session: Session, now: datetime) -> None:
    session.add_all(RevokedAccessToken(token_id=str(number), expires_at=now) for number in range(3))
    session.flush()
    assert forget(session, now, limit=2)
    assert not forget(session, now, limit=2)
