"""Apps that do not confirm that they ended old access: where it is agreed so, they get no new tokens.

An app is late while one of its messages has waited for longer than its agreement allows; given up is late
too, because nobody has confirmed anything. The stop ends with the app's last missing answer, or with an
agreement that does not ask for it, which a second officer confirms.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from profiles.agreements import notices
from profiles.apps.models import App
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.entitlements.service import rules_of
from profiles.outbox.delivery import try_again
from profiles.outbox.receipts import late_apps

WORKER = Initiator.system("worker")


def to_change(session: Session, now: datetime) -> list[UUID]:
    """The apps whose tokens must be stopped, or must be given again."""
    late = late_apps(session, now)
    stopped = set(session.scalars(select(col(App.id)).where(col(App.tokens_stopped_at).is_not(None))))
    wanted = {app_id: _must_stop(session, app_id, app_id in late, now) for app_id in {*late, *stopped}}
    return sorted(one for one, must in wanted.items() if must is not None and must != (one in stopped))


def look(session: Session, app_id: UUID, now: datetime) -> bool:
    """Stop the app's tokens, or let it have them again; return whether that changed anything."""
    must_stop = _must_stop(session, app_id, bool(late_apps(session, now, [app_id])), now)
    if must_stop is None:
        return False
    return _set_stopped(session, app_id, now, stopped=must_stop)


def ask_again(session: Session, app: App, officer_id: UUID, now: datetime) -> int:
    """Let the worker try at once whatever the app has not confirmed; return how many messages that are."""
    waiting = try_again(session, app.id, now)
    if waiting:
        _note(session, Event.APP_MESSAGES_RETRIED, app, Initiator.person(officer_id), now, waiting)
    return waiting


def _must_stop(session: Session, app_id: UUID, is_late: bool, now: datetime) -> bool | None:
    """None for an app without agreement: nobody can use it, and its services wait for the same answer."""
    agreement = rules_of(session, app_id, now).find_agreement(now)
    return None if agreement is None else is_late and agreement.stop_tokens_when_overdue


def _set_stopped(session: Session, app_id: UUID, now: datetime, *, stopped: bool) -> bool:
    since = col(App.tokens_stopped_at)
    changed = (
        update(App)
        .where(col(App.id) == app_id, since.is_(None) if stopped else since.is_not(None))
        .values(tokens_stopped_at=now if stopped else None)
        .returning(App)
        .execution_options(populate_existing=True)
    )
    app = session.scalars(changed).first()
    if app is None:
        return False
    event = Event.APP_TOKENS_STOPPED if stopped else Event.APP_TOKENS_RESUMED
    _note(session, event, app, WORKER, now)
    (notices.stopped if stopped else notices.resumed)(session, app, now)
    return True


def _note(
    session: Session, event: Event, app: App, initiator: Initiator, now: datetime, messages: int | None = None
) -> None:
    details = {} if messages is None else {"messages": messages}
    append(
        session,
        event,
        initiator,
        now,
        organisation_id=app.organisation_id,
        app_id=app.id,
        details=details,
    )
