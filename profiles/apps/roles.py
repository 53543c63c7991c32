"""The roles that an app knows: words that its rules speak with, which open nothing by themselves (ADR 76)."""

import re
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.apps.models import AppRole
from profiles.apps.service import get, roles_of
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound

MOST = 50
"""Roles of one app: more than that are permissions of its own, which it keeps itself."""
NAME_CHARACTERS = 64
LABEL_CHARACTERS = 80
HIGHEST_RANK = 1000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]*")


def add_role(
    session: Session, now: datetime, initiator: Initiator, app_id: UUID, name: str, label: str, rank: int = 0
) -> AppRole:
    """Let an app know a role: ``name`` is what it is told, ``label`` what people read.

    Raises NotFound, Invalid with the field, Conflict when the app knows one of this name or label, or as many
    as it can.
    """
    app, name = get(session, app_id), name.strip()
    if not _NAME.fullmatch(name) or len(name) > NAME_CHARACTERS:
        raise Invalid(
            f"Begin the name with a letter; use {NAME_CHARACTERS} letters, digits or . _ : - at most.",
            field="name",
        )
    if not 0 <= rank <= HIGHEST_RANK:
        raise Invalid(f"The rank must be a whole number from 0 to {HIGHEST_RANK:,}.", field="rank")
    known = roles_of(session, app_id)
    if any(role.name == name for role in known):
        raise Conflict(f"The app has a role called {name!r} already.")
    if len(known) >= MOST:
        raise Conflict(f"An app has {MOST} roles at most.")
    role = AppRole(app_id=app_id, name=name, label=_label(session, app_id, label), rank=rank)
    session.add(role)
    session.flush()
    _audit(session, Event.APP_ROLE_ADDED, initiator, now, app.organisation_id, role)
    return role


def find_role(session: Session, app_id: UUID, role_id: UUID) -> AppRole:
    """A role that the app knows. Raises NotFound."""
    role = session.get(AppRole, role_id)
    if role is None or role.app_id != app_id:
        raise NotFound("The app has no such role.")
    return role


def rename_role(session: Session, now: datetime, initiator: Initiator, role: AppRole, label: str) -> None:
    """Let people read another label; the app is told the same name. Raises Invalid, Conflict."""
    before = role.label
    if label.strip() == before:
        return
    role.label = _label(session, role.app_id, label)
    session.add(role)
    session.flush()
    _audit(
        session,
        Event.APP_ROLE_RENAMED,
        initiator,
        now,
        get(session, role.app_id).organisation_id,
        role,
        before=before,
    )


def remove_role(session: Session, now: datetime, initiator: Initiator, role: AppRole) -> None:
    """Let the app know it no more. That nothing uses it any longer is the caller's to see."""
    _audit(session, Event.APP_ROLE_REMOVED, initiator, now, get(session, role.app_id).organisation_id, role)
    session.delete(role)
    session.flush()


def _label(session: Session, app_id: UUID, label: str) -> str:
    label = label.strip()
    if not label or len(label) > LABEL_CHARACTERS or not label.isprintable():
        raise Invalid(f"Enter a label of {LABEL_CHARACTERS} ordinary characters at most.", field="label")
    if any(role.label.casefold() == label.casefold() for role in roles_of(session, app_id)):
        raise Conflict(f"Another role of the app is called {label} already: nobody could tell them apart.")
    return label


def _audit(
    session: Session,
    event: Event,
    initiator: Initiator,
    now: datetime,
    organisation_id: UUID,
    role: AppRole,
    **more: str,
) -> None:
    append(
        session,
        event,
        initiator,
        now,
        organisation_id=organisation_id,
        app_id=role.app_id,
        details={"role": role.name, "label": role.label, "rank": role.rank} | more,
    )
