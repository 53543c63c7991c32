"""Facts that are over: on both time lines, as a whole.

A fact is one record with all its versions. It is over when none of those that hold is so any more, and none
that was replaced was still believed: what was believed was acted on, so a correction counts as well as an
end. Of a clearance, whose status is a row for each stretch of time, the last row alone may be over.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from profiles.apps.models import App
from profiles.clearances.models import (
    Clearance,
    ClearanceCaveat,
    ClearanceEvent,
    ClearanceStatus,
    Dispensation,
    Sponsorship,
    SponsorshipKind,
)
from profiles.clearances.states import OVER, USABLE
from profiles.employments.models import CareerBreak, CareerBreakReminder, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.loads import published_loads
from profiles.pay.models import PayAllowance, PayRecord, PensionMembership
from profiles.people.models import BirthDate, SensitiveMark, WorkAddress, WorkPhone, WorkPlace
from profiles.retention.records import FindOver, Part, Retained
from profiles.retention.rules import Limit, RetainedKind
from profiles.roles.models import RoleAssignment
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact

EXPIRING = USABLE | {ClearanceStatus.SUSPENDED}
"""What expires by itself, whether or not anybody has recorded it. What is being decided does not."""

AnyRow = Any
IsOver = Callable[[AnyRow, Limit], ColumnElement[bool]]
Condition = Callable[[AnyRow, Limit], ColumnElement[bool]]
Owner = Callable[[AnyRow], ColumnElement[Any]]


def _ended(row: AnyRow, limit: Limit) -> ColumnElement[bool]:
    """Whether a version that holds was so no longer by the limit."""
    return and_(row.valid_to.is_not(None), row.valid_to <= limit.at)


def _clearance_over(row: AnyRow, limit: Limit) -> ColumnElement[bool]:
    """A clearance is over with the step that ends it, or after the last day on which it may be used."""
    return or_(
        _ended(row, limit),
        and_(
            row.valid_to.is_(None),
            or_(
                and_(row.status.in_(OVER), row.valid_from <= limit.at),
                and_(row.status.in_(EXPIRING), row.expires_on.is_not(None), row.expires_on < limit.day),
            ),
        ),
    )


def _last_employer(row: AnyRow) -> ColumnElement[Any]:
    return (
        select(col(Employment.organisation_id))
        .where(col(Employment.person_id) == row.person_id, _published(Employment))
        .order_by(col(Employment.superseded_at).is_not(None), col(Employment.valid_from).desc())
        .limit(1)
        .scalar_subquery()
    )


def _its_organisation(row: AnyRow) -> ColumnElement[Any]:
    """Whose it is; what no organisation owns is the last employer's to look after."""
    return func.coalesce(row.organisation_id, _last_employer(row))


def _of_the_app(row: AnyRow) -> ColumnElement[Any]:
    return select(col(App.organisation_id)).where(col(App.id) == row.app_id).scalar_subquery()


def _last_sponsor(row: AnyRow) -> ColumnElement[Any]:
    """Who sponsored a clearance last, the primary sponsor before one that shared it."""
    sponsor = (
        select(col(Sponsorship.organisation_id))
        .where(col(Sponsorship.clearance_id) == row.fact_id)
        .order_by(
            col(Sponsorship.superseded_at).is_not(None),
            col(Sponsorship.kind) != SponsorshipKind.PRIMARY,
            col(Sponsorship.valid_from).desc(),
            col(Sponsorship.id).desc(),
        )
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(sponsor, _last_employer(row))


def _born(row: AnyRow, limit: Limit) -> ColumnElement[bool]:
    """Whether the person has reached the age to which this is kept.

    Where no date of birth is recorded they count as ``YOUNGEST`` on the day of their earliest employment:
    they are that old at least, so nothing goes too early. Days that make them older than anybody at work are
    placeholders, and say nothing; nor does a birth before ``FIRST_YEAR``.
    """
    recorded = (
        col(BirthDate.person_id) == row.person_id,
        col(BirthDate.superseded_at).is_(None),
        col(BirthDate.born_on) >= limit.born_since,
        _published(BirthDate),
    )
    employed = (
        col(Employment.person_id) == row.person_id,
        col(Employment.superseded_at).is_(None),
        _published(Employment),
    )
    begun = exists().where(
        *employed,
        col(Employment.valid_from) <= limit.employed_by,
        col(Employment.valid_from) >= limit.employed_since,
    )
    too_old = exists().where(
        *employed, or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > limit.left_by)
    )
    return or_(
        exists().where(*recorded, col(BirthDate.born_on) <= limit.born_by),
        and_(~exists().where(*recorded), begun, ~too_old),
    )


def _pensionable(row: AnyRow, limit: Limit) -> ColumnElement[bool]:
    """Whether a pension rests on the employment."""
    return exists().where(
        col(PensionMembership.employment_id) == row.employment_id,
        col(PensionMembership.superseded_at).is_(None),
    )


def _not_pensionable(row: AnyRow, limit: Limit) -> ColumnElement[bool]:
    return not_(_pensionable(row, limit))


def _published(row: AnyRow) -> ColumnElement[bool]:
    return or_(row.load_id.is_(None), row.load_id.in_(published_loads()))


def facts_over(
    model: type[Fact],
    *conditions: Condition,
    is_over: IsOver = _ended,
    owner: Owner = _its_organisation,
) -> FindOver:
    """Finds the facts of a model that are over and meet the conditions, each once.

    The newest version says whose it is; an import that is not published yet keeps what it is about.
    """

    def over(limit: Limit, now: datetime) -> Select[Any, Any, Any]:
        newest, newer, version = aliased(model), aliased(model), aliased(model)
        gone = or_(
            and_(col(version.superseded_at).is_not(None), col(version.superseded_at) <= limit.at),
            and_(col(version.superseded_at).is_(None), is_over(version, limit)),
        )
        later = or_(
            col(newer.recorded_at) > col(newest.recorded_at),
            and_(col(newer.recorded_at) == col(newest.recorded_at), col(newer.id) > col(newest.id)),
        )
        return select(
            col(newest.fact_id).label("key"),
            newest.person_id.label("person_id"),  # type: ignore[attr-defined]
            owner(newest).label("organisation_id"),
        ).where(
            col(newest.recorded_at) <= now,
            or_(col(newest.superseded_at) <= limit.at, is_over(newest, limit)),
            ~exists().where(col(newer.fact_id) == col(newest.fact_id), later),
            ~exists().where(col(version.fact_id) == col(newest.fact_id), func.coalesce(not_(gone), True)),
            *(condition(newest, limit) for condition in conditions),
        )

    return over


def _fact(
    kind: RetainedKind,
    model: type[Fact],
    over: FindOver | None = None,
    parts: tuple[Part, ...] = (),
) -> Retained:
    return Retained(kind, model, over or facts_over(model), "fact_id", parts)


_OF_A_CLEARANCE = tuple(
    Part(model, "clearance_id") for model in (Sponsorship, ClearanceCaveat, ClearanceEvent)
)

FACTS: tuple[Retained, ...] = (
    *(
        _fact(RetainedKind.PAY, model, facts_over(model, _not_pensionable))
        for model in (PayRecord, PayAllowance)
    ),
    *(
        _fact(RetainedKind.PENSION, model, facts_over(model, _pensionable, _born))
        for model in (PayRecord, PayAllowance)
    ),
    _fact(RetainedKind.PENSION, PensionMembership, facts_over(PensionMembership, _born)),
    *(_fact(RetainedKind.SERVICE, model, facts_over(model, _born)) for model in (Posting, Employment)),
    _fact(
        RetainedKind.SERVICE,
        CareerBreak,
        facts_over(CareerBreak, _born),
        (Part(CareerBreakReminder, "career_break_id"),),
    ),
    _fact(
        RetainedKind.VETTING,
        Clearance,
        facts_over(Clearance, is_over=_clearance_over, owner=_last_sponsor),
        _OF_A_CLEARANCE,
    ),
    _fact(RetainedKind.VETTING, Dispensation),
    _fact(RetainedKind.LEAVE, LeaveBalance),
    _fact(RetainedKind.ABSENCE, AbsenceSummary),
    *(_fact(RetainedKind.CONTACT, model) for model in (WorkAddress, WorkPhone, WorkPlace)),
    _fact(RetainedKind.ROLE, RoleAssignment),
    _fact(RetainedKind.GRANT, Entitlement, facts_over(Entitlement, owner=_of_the_app)),
    *(_fact(RetainedKind.SUSPENSION, model) for model in (AccountSuspension, SensitiveMark)),
)
