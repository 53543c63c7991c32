"""A fact that an officer adds to a record, with what it takes from the employment that it rests on."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.employments.breaks import paused_before
from profiles.employments.models import Employment, PostingKind
from profiles.errors import Invalid
from profiles.pay.models import PayRecord
from profiles.pay.outside import take_scale
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.leaving import paid_until
from profiles.portable_profile.rules import BY_EMPLOYMENT
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import Fact, Provenance, current, history

EMPLOYMENT = "employment_id"
"""The column by which a fact that is added names the employment that it rests on, where there are several."""
_PAUSED = frozenset({Kind.POSTING, Kind.PAY, Kind.ALLOWANCE})


def new_fact(session: Session, wanted: Wanted, now: datetime, provenance: Provenance) -> Fact:
    """The fact that is added, before anything makes room for it."""
    model, values = MODELS[wanted.kind], dict(wanted.values)
    begins, until = values.pop("valid_from"), values.pop("valid_to", None)
    common: dict[str, Any] = {"person_id": wanted.person_id}
    if "organisation_id" in model.model_fields:
        common["organisation_id"] = wanted.organisation_id
    if wanted.kind in BY_EMPLOYMENT:
        employment = _employment(session, wanted, values.pop(EMPLOYMENT, None), begins, now)
        common["employment_id"] = employment.fact_id
        ends_at = employment.valid_to if wanted.kind is Kind.POSTING else paid_until(employment)
        until = min((one for one in (until, ends_at) if one), default=None)
        if wanted.kind in _PAUSED:
            until = paused_before(session, employment.fact_id, begins, until, now)
    if wanted.kind is Kind.POSTING:
        common["kind"] = PostingKind.HOME
    if wanted.kind is Kind.NAME:
        common["search_key"] = ""
    fact = model(**common, **values, **provenance.stamp(now, begins, until))
    if isinstance(fact, PayRecord):
        take_scale(session, fact, now)
    return fact


def to_choose_from(
    session: Session, person_id: UUID, organisation_ids: Collection[UUID], now: datetime
) -> Sequence[Employment]:
    """The employments there of which one is to be named; none where one organisation had one at a time."""
    found = history(session, Employment, now, person_id=person_id)
    there = [one for one in found if one.organisation_id in organisation_ids]
    overlap = any(
        earlier.valid_to is None or earlier.valid_to > later.valid_from
        for earlier, later in combinations(there, 2)
    )
    several = len({one.organisation_id for one in there}) > 1
    return there if overlap or several else ()


def _employment(
    session: Session, wanted: Wanted, named: UUID | None, begins: datetime, now: datetime
) -> Employment:
    """The one that it rests on: the one named, or the only one there on the first day. Raises Invalid."""
    found = current(session, Employment, begins, now, person_id=wanted.person_id)
    there = [one for one in found if one.organisation_id == wanted.organisation_id]
    if not there:
        raise Invalid("They were not employed by the organisation on the first day.", field="first_day")
    if named is not None:
        there = [one for one in there if one.fact_id == named]
    if not there:
        raise Invalid("This employment did not hold on the first day.", field="first_day")
    if len(there) > 1:
        message = "They have more than one employment with you on the first day. Say which it belongs to."
        raise Invalid(message, field=EMPLOYMENT)
    return there[0]
