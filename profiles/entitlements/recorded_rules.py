"""Apps, rules, agreements, organisations, grades and limits as recorded, with when we held each to be so."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, or_, select
from sqlmodel import Session, col

from profiles.apps.models import AccessRule, Agreement, App, AppRole
from profiles.clearances.models import ClearanceLimit
from profiles.loads import Load
from profiles.organisations.models import LocalGrade, Organisation, OrganisationDetail
from profiles.temporal import Fact

Rows = Sequence[Row[Any]]


def _facts(model: type[Fact], *names: str, **labelled: str) -> Select[Any]:
    """Every version there ever was, those of loads that are not published left out."""
    ours = {name: name for name in ("valid_from", "valid_to", "recorded_at", "superseded_at", *names)}
    chosen: list[Any] = [col(getattr(model, name)).label(label) for label, name in (ours | labelled).items()]
    return (
        select(*chosen, col(Load.published_at))
        .outerjoin(Load, col(Load.id) == col(model.load_id))
        .where(or_(col(model.load_id).is_(None), col(Load.published_at).is_not(None)))
        .order_by(col(model.id))
    )


_ORGANISATIONS = (
    _facts(OrganisationDetail, "organisation_id", "name", "parent_id")
    .add_columns(col(Organisation.code))
    .join(Organisation, col(Organisation.id) == col(OrganisationDetail.organisation_id))
)
_GRADES = _facts(LocalGrade, "organisation_id", "label", "common_grade").where(
    col(LocalGrade.organisation_id).in_(bindparam("organisation_ids", expanding=True))
)
_LIMITS = _facts(ClearanceLimit, "organisation_id", "level", "years")
_APPS: Any = select(
    col(App.id).label("app_id"),
    col(App.name).label("app_name"),
    col(App.home_url),
    col(App.contact),
    col(App.organisation_id),
    col(App.tokens_stopped_at),
).order_by(col(App.name), col(App.id))
_ROLES = select(col(AppRole.app_id), col(AppRole.name), col(AppRole.label), col(AppRole.rank)).order_by(
    col(AppRole.rank).desc(), col(AppRole.name)
)
_RULES = _facts(
    AccessRule,
    *("app_id", "role_name", "organisation_id", "include_subtree", "grade_from", "grade_to"),
    *("profession", "posting_kind", "least_clearance"),
    rule_id="fact_id",
)
_AGREEMENTS = _facts(
    Agreement,
    *("app_id", "purpose", "lawful_basis", "claims", "retention", "contact"),
    *("dpia_reference", "suppliers", "acknowledge_within_seconds", "stop_tokens_when_overdue"),
    agreement_id="id",
)
_APP_ID: Any = bindparam("app_id")
_OF_ALL_APPS: tuple[Any, ...] = (_APPS, _ROLES, _RULES, _AGREEMENTS)
_OF_ONE_APP: tuple[Any, ...] = (
    _APPS.where(col(App.id) == _APP_ID),
    _ROLES.where(col(AppRole.app_id) == _APP_ID),
    _RULES.where(col(AccessRule.app_id) == _APP_ID),
    _AGREEMENTS.where(col(Agreement.app_id) == _APP_ID),
)


def organisations(session: Session) -> Rows:
    """Every organisation's name and place in the tree."""
    return session.connection().execute(_ORGANISATIONS).all()


def grades(session: Session, organisation_ids: Collection[UUID]) -> Rows:
    """What the grades of these organisations stand for."""
    which = {"organisation_ids": list(organisation_ids)}
    return session.connection().execute(_GRADES, which).all()


def limits(session: Session) -> Rows:
    """For how long each organisation uses clearances, where that is shorter than the level lasts."""
    return session.connection().execute(_LIMITS).all()


def apps(session: Session, app_id: UUID | None) -> tuple[Rows, Rows, Rows, Rows]:
    """An app, or all by name: apps, roles (the most powerful first), rules and agreements."""
    connection, which = session.connection(), {} if app_id is None else {"app_id": app_id}
    queries = _OF_ALL_APPS if app_id is None else _OF_ONE_APP
    found, roles, rules, agreements = (connection.execute(query, which).all() for query in queries)
    return found, roles, rules, agreements
