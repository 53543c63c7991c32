"""Who works at the desk, as Lanyard told it, and what their role lets them do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from flask_babel import gettext as _


class Role(IntEnum):
    """The desk's roles, each including the ones before it."""

    VIEWER = 1
    CASEWORKER = 2
    SENIOR_CASEWORKER = 3

    @property
    def label(self) -> str:
        """The role in the person's language."""
        labels = {Role.VIEWER: _("Viewer"), Role.CASEWORKER: _("Caseworker")}
        return str(labels.get(self) or _("Senior caseworker"))


class IncompleteClaims(Exception):
    """Lanyard did not say enough to let this person work here; `args[0]` names the claim."""


@dataclass(frozen=True)
class Worker:
    """A signed-in person. `sub` is the only thing they are recognised by: names and addresses change."""

    sub: str
    name: str
    organisation_id: str
    organisation_code: str
    organisation_name: str
    role: Role
    grade: str | None

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Worker:
        """Read verified claims. Raises IncompleteClaims without an organisation or a role of this desk."""
        organisation = claims.get("organisation")
        if not isinstance(organisation, dict) or not all(
            isinstance(organisation.get(key), str) and organisation[key] for key in ("id", "code", "name")
        ):
            raise IncompleteClaims("organisation")
        roles = claims.get("roles")
        known = [Role[name.upper()] for name in roles if _is_role(name)] if isinstance(roles, list) else []
        if not known:
            raise IncompleteClaims("roles")
        name, grade = claims.get("name"), claims.get("grade")
        return cls(
            sub=str(claims["sub"]),
            name=name if isinstance(name, str) and name else str(claims["sub"]),
            organisation_id=organisation["id"],
            organisation_code=organisation["code"],
            organisation_name=organisation["name"],
            role=max(known),
            grade=grade if isinstance(grade, str) and grade else None,
        )

    @classmethod
    def from_session(cls, stored: Mapping[str, Any]) -> Worker:
        """The worker that `for_session` stored."""
        return cls(**{**stored, "role": Role(stored["role"])})

    def for_session(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @property
    def may_add(self) -> bool:
        return self.role >= Role.CASEWORKER

    def may_close(self, *, opened_by: str) -> bool:
        """A caseworker closes the cases they opened; a senior caseworker closes any of the organisation."""
        if self.role >= Role.SENIOR_CASEWORKER:
            return True
        return self.role >= Role.CASEWORKER and opened_by == self.sub


def _is_role(name: object) -> bool:
    return isinstance(name, str) and name.islower() and name.upper() in Role.__members__
