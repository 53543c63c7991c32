"""The worker forgets what means nothing any more; docs/guides/retention.md says after how long."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import transaction
from identity.clients import assertions, error_log
from identity.dpop import spent_proofs
from identity.federation import attempts, linking_codes
from identity.federation.openid import logout_token
from identity.pushed_requests import service as pushed_requests
from identity.recovery import allowances
from identity.recovery import service as recoveries
from identity.request_objects import service as request_objects
from identity.sessions.retention import BEGINNING, forget_grants, forget_sessions
from identity.sign_in import alerts, challenges, kept_forms, known_browsers
from identity.tokens import expiry
from profiles.outbox.forgetting import forget_messages
from profiles.retention.network_addresses import KEPT_FOR, forget_network_addresses
from profiles.transfers import invitations as move_invitations

EVERY = timedelta(minutes=1)
EVERY_ROW_EVERY = timedelta(days=1)
"""How often each session, grant, message and network address is looked at."""
BATCH = 1000
BATCHES = 50
"""Most batches of one kind in one turn, so that access changes and deliveries do not wait."""

ByExpiry = Callable[[Session, datetime, int], bool]
PageByPage = Callable[[Session, datetime, UUID, int], UUID | None]

_BY_EXPIRY: tuple[ByExpiry, ...] = (
    assertions.forget_expired,
    attempts.forget_expired,
    challenges.forget_expired,
    kept_forms.forget_expired,
    linking_codes.forget_expired,
    logout_token.forget_expired,
    pushed_requests.forget_expired,
    request_objects.forget_expired,
    spent_proofs.forget_expired,
    known_browsers.forget_expired,
    alerts.forget_expired,
    allowances.forget_expired,
    recoveries.expire_due,
    move_invitations.forget_over,
)
_PAGE_BY_PAGE: tuple[PageByPage, ...] = (forget_grants, forget_sessions, forget_messages)


class Forgetting:
    """Deletes what can mean nothing any more, a bounded part of it at a time."""

    def __init__(
        self, engine: Engine, refresh_lifetime: timedelta, addresses_kept_for: timedelta = KEPT_FOR
    ) -> None:
        self._engine = engine
        self._refresh_lifetime = refresh_lifetime
        self._last: datetime | None = None
        self._began: datetime | None = None
        self._page_by_page: tuple[PageByPage, ...] = (
            *_PAGE_BY_PAGE,
            partial(forget_network_addresses, kept_for=addresses_kept_for),
        )
        self._places: list[UUID | None] = [None for _ in self._page_by_page]

    def turn(self, now: datetime) -> None:
        """Do what is due, at most once a minute."""
        if self._last is not None and now - self._last < EVERY:
            return
        with transaction(self._engine) as session:
            error_log.forget_old(session, now)
        for forget in (*_BY_EXPIRY, self._forget_tokens):
            for _batch in range(BATCHES):
                with transaction(self._engine) as session:
                    if not forget(session, now, BATCH):
                        break
        self._look_at_every_row(now)
        self._last = now

    def _forget_tokens(self, session: Session, now: datetime, limit: int) -> bool:
        return expiry.forget_expired(session, now, refresh_lifetime=self._refresh_lifetime, limit=limit)

    def _look_at_every_row(self, now: datetime) -> None:
        is_over = all(place is None for place in self._places)
        if is_over and (self._began is None or now - self._began >= EVERY_ROW_EVERY):
            self._began, self._places = now, [BEGINNING for _ in self._page_by_page]
        for index, forget in enumerate(self._page_by_page):
            for _batch in range(BATCHES):
                place = self._places[index]
                if place is None:
                    break
                with transaction(self._engine) as session:
                    self._places[index] = forget(session, now, place, BATCH)
