"""An app's owner says which roles it knows; one that something still uses stays."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from profiles.access_policy.models import PolicyChange, RequestState, RoleRequest, still_waits
from profiles.apps import roles
from profiles.apps import service as apps
from profiles.apps.models import AccessRule, AppDelegation, AppRole
from profiles.audit.service import Initiator
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, NotFound
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions

_USES: tuple[tuple[Any, str], ...] = (
    (AccessRule, "a rule"),
    (Entitlement, "a role given by hand"),
    (AppDelegation, "a delegation"),
)


def add(
    session: Session, now: datetime, officer_id: UUID, permissions: Permissions, app_id: UUID, **role: Any
) -> AppRole:
    """Let an app know a role, as ``profiles.apps.roles.add_role``. Raises NotFound for an app of others."""
    _own(session, permissions, app_id)
    return roles.add_role(session, now, Initiator.person(officer_id), app_id, **role)


def rename(
    session: Session, now: datetime, officer_id: UUID, permissions: Permissions, role: AppRole, label: str
) -> None:
    """Let people read another label. Raises NotFound, Invalid, Conflict."""
    _own(session, permissions, role.app_id)
    roles.rename_role(session, now, Initiator.person(officer_id), role, label)


def remove(
    session: Session, now: datetime, officer_id: UUID, permissions: Permissions, role: AppRole
) -> None:
    """Let the app know the role no more. Raises NotFound, and Conflict with what still uses it."""
    _own(session, permissions, role.app_id)
    remove_unused(session, now, Initiator.person(officer_id), role)


def remove_unused(session: Session, now: datetime, initiator: Initiator, role: AppRole) -> None:
    """Let an app know a role no more. Raises Conflict with what uses it now, later, or once approved."""
    used = uses_of(session, role, now)
    if used:
        raise Conflict(f"{role.label} is still used by {', '.join(used)}. End that first.")
    roles.remove_role(session, now, initiator, role)


def uses_of(session: Session, role: AppRole, now: datetime) -> list[str]:
    """What gives the role now or later, or would if somebody approved it, in words."""
    found = [words for model, words in _USES if _any(session, model, role, _lasts(model, now))]
    asked = col(RoleRequest.state) == RequestState.OPEN, col(RoleRequest.expires_at) > now
    if _any(session, RoleRequest, role, *asked):
        found.append("somebody’s request")
    waiting = select(PolicyChange).where(still_waits(now), col(PolicyChange.app_id) == role.app_id)
    if any(_names(change.content, role.name) for change in session.exec(waiting)):
        found.append("a change that waits for a second officer")
    return found


def _lasts(model: Any, now: datetime) -> ColumnElement[bool]:
    ends = or_(col(model.valid_to).is_(None), col(model.valid_to) > now)
    return col(model.superseded_at).is_(None) & ends


def _any(session: Session, model: Any, role: AppRole, *conditions: ColumnElement[bool]) -> bool:
    of_it = col(model.app_id) == role.app_id, col(model.role_name) == role.name
    return session.exec(select(model.id).where(*of_it, *conditions).limit(1)).first() is not None


def _names(content: Any, name: str) -> bool:
    """Whether what was asked for speaks of the role, however deep."""
    if isinstance(content, dict):
        return content.get("role_name") == name or any(_names(one, name) for one in content.values())
    return isinstance(content, list) and any(_names(one, name) for one in content)


def _own(session: Session, permissions: Permissions, app_id: UUID) -> None:
    if not permissions.allows(Permission.CHANGE_RULES, apps.get(session, app_id).organisation_id):
        raise NotFound("There is no such app.")
