"""A career break: the employment goes on, and the post, its access and pay end with the day before.

Nothing of it comes back by itself. A return begins a post and pay anew, so that what rests on rules opens
again; roles and what was granted by hand stay ended. That the expected day passes does nothing.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.clearances.models import Sponsorship
from profiles.clearances.validity import ValidityPeriods
from profiles.columns import new_id
from profiles.employments.breaks import is_paused
from profiles.employments.models import RESUMES, CareerBreak, Employment, Posting, PostingKind
from profiles.employments.service import is_moved_or_lent
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid
from profiles.pay.models import PayAllowance, PayReason, PayRecord
from profiles.pay.outside import take_scale
from profiles.portable_profile.break_notices import (
    tell_of_break,
    tell_of_no_return,
    tell_of_return,
    tell_of_taking_back,
)
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leaving import paid_until, pausing_with, sponsored_at
from profiles.portable_profile.models import Action, ReturnTerms
from profiles.portable_profile.resuming import make_room
from profiles.portable_profile.rules import EDITABLE, checked
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import RoleAssignment
from profiles.temporal import (
    Fact,
    Provenance,
    civil_date,
    current,
    end,
    history,
    record,
    replace,
    start_of_day,
    supersede,
)

OF_BREAKS = frozenset({Action.BEGIN_BREAK, Action.EXPECT_RETURN, Action.END_BREAK, Action.TAKE_BACK_BREAK})
SOURCE = "career-break"
LATEST = timedelta(days=2 * 366)
"""How far ahead a break or a return may begin: what is further is a slip of the pen."""
LONGEST = timedelta(days=10 * 366)
"""How long after its first day a break may be expected to end."""
_NEUTRAL = "the post ends"
"""What other organisations read of why a role or a grant ended."""
_PAUSED: tuple[Any, ...] = (Posting, PayRecord, PayAllowance)
_BY_HAND: tuple[Any, ...] = (RoleAssignment, Entitlement)


def record_break(
    session: Session, wanted: Wanted, now: datetime, officer_id: UUID | None, periods: ValidityPeriods
) -> CareerBreak:
    """Begin a career break, end it, expect its end on another day, or take it back; return what holds then.

    Raises Invalid, naming the field, and Conflict when something was changed meanwhile, or a move or a loan
    is under way.
    """
    if wanted.action is Action.BEGIN_BREAK:
        return _begin(session, wanted, now, officer_id, periods)
    held: CareerBreak = get_version(session, Kind.CAREER_BREAK, wanted.version_id, wanted.person_id, now)
    provenance = Provenance(officer_id, marker_of(held.fact_id), wanted.reason.strip())
    is_over = held.valid_to is not None and held.valid_to <= now
    if wanted.action is Action.END_BREAK and (not is_over or return_of(session, held, now) is not None):
        return _return(session, wanted, held, now, provenance, periods)
    if is_over:
        raise Conflict("This career break is over.")
    if wanted.action is Action.EXPECT_RETURN:
        return _expect(session, wanted, held, now, provenance, periods)
    return _take_back(session, held, now, provenance)


def marker_of(fact_id: UUID) -> str:
    """The source of what a career break ends and of what its return begins."""
    return f"{SOURCE}:{fact_id}"


def return_of(session: Session, held: Any, now: datetime) -> Posting | None:
    """The post that begins with a return which is recorded; None where none is."""
    if held.valid_to is None:
        return None
    found = history(session, Posting, now, employment_id=held.employment_id)
    return next((one for one in found if one.valid_from == held.valid_to), None)


def returned(session: Session, person_id: UUID, now: datetime) -> list[CareerBreak]:
    """The career breaks that are over, and whose return stands as it was recorded: it can be corrected."""
    breaks = history(session, CareerBreak, now, person_id=person_id)
    over = [(one, return_of(session, one, now)) for one in breaks if one.valid_to and one.valid_to <= now]
    return [one for one, post in over if post is not None and post.source == marker_of(one.fact_id)]


def held_for_good(session: Session, held: CareerBreak, model: Any, now: datetime) -> Any | None:
    """The post, or the pay, that a break ended; of a temporary promotion, what was to go on after it."""
    found = history(session, model, now, employment_id=held.employment_id)
    own = [one for one in found if getattr(one, "kind", PostingKind.HOME) is PostingKind.HOME]
    before = [one for one in own if one.valid_from < held.valid_from]
    if not before:
        return None
    waiting = select(model).where(
        col(model.employment_id) == held.employment_id,
        col(model.source) == f"{RESUMES}{before[-1].fact_id}",
        col(model.superseded_at) == _begun(session, held).recorded_at,
    )
    return session.exec(waiting.order_by(col(model.id).desc())).first() or before[-1]


def last_as_employed(
    session: Session, held: Employment, said: Employment, now: datetime, provenance: Provenance
) -> None:
    """Let a career break that ends with an employment, and not by a return, end with it on its other day."""
    if held.valid_to is None or held.valid_to == said.valid_to:
        return
    for one in history(session, CareerBreak, now, employment_id=held.fact_id):
        if one.valid_to == held.valid_to and return_of(session, one, now) is None:
            kept = Provenance(provenance.recorded_by, one.source, provenance.reason)
            replace(session, one, now, kept, valid_to=said.valid_to)


def _begin(
    session: Session, wanted: Wanted, now: datetime, officer_id: UUID | None, periods: ValidityPeriods
) -> CareerBreak:
    post: Posting = get_version(session, Kind.POSTING, wanted.version_id, wanted.person_id, now)
    begins = wanted.values["valid_from"]
    employment = _employed(session, post.employment_id, begins, now)
    _check_expected(begins, employment.valid_to, wanted)
    _check_begins(session, post, begins, now)
    fact_id = new_id()
    provenance = Provenance(officer_id, marker_of(fact_id), wanted.reason.strip())
    neutral = Provenance(officer_id, provenance.source, _NEUTRAL)
    for fact in pausing_with(session, employment, begins, now):
        end(session, fact, begins, now, neutral)
    lapses_at = start_of_day(periods.sponsored_until(civil_date(begins)))
    for sponsorship in sponsored_at(session, employment, lapses_at, now):
        end(session, sponsorship, lapses_at, now, neutral)
    begun = record(
        session,
        CareerBreak(
            fact_id=fact_id,
            person_id=post.person_id,
            employment_id=post.employment_id,
            organisation_id=post.organisation_id,
            return_on=wanted.values["return_on"],
            **provenance.stamp(now, begins, employment.valid_to),
        ),
    )
    tell_of_break(session, begun, now)
    return begun


def _check_begins(session: Session, held: Posting, begins: datetime, now: datetime) -> None:
    """See that they work until that day, or were to be back on it, and nothing stands in the way."""
    posts = history(session, Posting, now, employment_id=held.employment_id)
    abroad = [one for one in posts if one.kind is PostingKind.HOST]
    lent = any(one.valid_to is None or one.valid_to > begins for one in abroad)
    if lent or is_moved_or_lent(session, held.person_id):
        raise Conflict("A move or a loan of this person is under way. It ends, or is stopped, first.")
    if is_paused(session, held.employment_id, begins, None, now):
        raise Invalid("A career break is recorded for that day, or for later.", field="first_day")
    breaks = history(session, CareerBreak, now, employment_id=held.employment_id)
    home = [one for one in posts if one.kind is PostingKind.HOME]
    works = any(one.valid_from < begins and (not one.valid_to or one.valid_to >= begins) for one in home)
    if not works and all(one.valid_to != begins for one in breaks):
        raise Invalid("They had no post under this employment until that day.", field="first_day")


def _expect(
    session: Session,
    wanted: Wanted,
    held: CareerBreak,
    now: datetime,
    provenance: Provenance,
    periods: ValidityPeriods,
) -> CareerBreak:
    """Another day; a return that is recorded for a day to come is taken back, so that nothing opens on it."""
    would_return, ends_at = return_of(session, held, now) is not None, held.valid_to
    if would_return:
        ends_at = _employed(session, held.employment_id, held.valid_from, now).valid_to
    _check_expected(held.valid_from, ends_at, wanted)
    _forget_return(session, held, now, provenance)
    expected = wanted.values["return_on"]
    said = replace(session, held, now, provenance, return_on=expected, valid_to=ends_at)
    if would_return:
        _settle_sponsorships(session, said, None, now, provenance, periods)
        tell_of_no_return(session, said, now)
    return said


def _return(
    session: Session,
    wanted: Wanted,
    held: CareerBreak,
    now: datetime,
    provenance: Provenance,
    periods: ValidityPeriods,
) -> CareerBreak:
    values = dict(wanted.values)
    terms = ReturnTerms(**{name: values.pop(name) for name in ReturnTerms.model_fields})
    returns = values.pop("valid_from")
    unknown = values.keys() - set(EDITABLE[Kind.POSTING])
    if unknown:
        raise Invalid(f"{sorted(unknown)[0]} cannot be changed here.")
    if returns <= held.valid_from:
        message = (
            "The return is after the first day of the break. A break that does not happen is taken back."
        )
        raise Invalid(message, field="first_day")
    employment = _employed(session, held.employment_id, returns, now)
    _forget_return(session, held, now, provenance)
    # The day that is expected is that of the return: nobody is reminded that none is recorded.
    said = replace(session, held, now, provenance, valid_to=returns, return_on=civil_date(returns))
    neutral = Provenance(provenance.recorded_by, provenance.source, _NEUTRAL)
    for one in _given_meanwhile(session, employment, said.valid_from, returns, now):
        end(session, one, said.valid_from, now, neutral)
    _settle_sponsorships(session, said, returns, now, provenance, periods)
    common = provenance.stamp(now, returns, employment.valid_to) | {
        "person_id": held.person_id,
        "organisation_id": employment.organisation_id,
        "employment_id": held.employment_id,
    }
    posting = Posting(kind=PostingKind.HOME, **values, **common)
    checked(session, Kind.POSTING, posting, now)
    make_room(session, posting, now, provenance)
    record(session, posting)
    paid = [
        one
        for one in history(session, PayRecord, now, employment_id=held.employment_id)
        if one.valid_from < held.valid_from
    ]
    pay = PayRecord(
        salary_pence=terms.salary_pence,
        fte_thousandths=terms.fte_thousandths,
        location=paid[-1].location if paid else "",
        currency=paid[-1].currency if paid else "GBP",
        pay_reason=PayReason.RETURN,
        **(common | {"valid_to": paid_until(employment)}),
    )
    take_scale(session, pay, now)
    checked(session, Kind.PAY, pay, now)
    make_room(session, pay, now, provenance)
    record(session, pay)
    tell_of_return(session, said, returns, now)
    return said


def _take_back(session: Session, held: CareerBreak, now: datetime, provenance: Provenance) -> CareerBreak:
    """What ended, or would have ended, with it goes on; what was corrected meanwhile keeps its correction.

    Once it has begun, roles and grants stay ended, and so does sponsorship that has lapsed.
    """
    had_begun = held.valid_from <= now
    _forget_return(session, held, now, provenance)
    begun = _begun(session, held)
    if begun.source != provenance.source:
        raise Conflict("This break came with an import. Correct it where it came from.")
    begun_at = begun.recorded_at
    supersede(session, held, now, provenance.recorded_by)
    for model in (*_PAUSED, *(() if had_begun else _BY_HAND), Sponsorship):
        replaced = select(model).where(
            col(model.person_id) == held.person_id, col(model.superseded_at) == begun_at
        )
        before = {one.fact_id: one for one in session.exec(replaced.order_by(col(model.id)))}
        if model in _PAUSED:
            _refuse_where_added(session, model, held, set(before), now)
        for one in before.values():
            _restore(session, one, begun_at, now, provenance)
    tell_of_taking_back(session, held, now, had_begun=had_begun)
    return held


def _begun(session: Session, held: CareerBreak) -> CareerBreak:
    """The version by which the break was recorded."""
    versions = select(CareerBreak).where(col(CareerBreak.fact_id) == held.fact_id)
    return min(session.exec(versions), key=lambda one: one.recorded_at)


def _restore(
    session: Session, before: Any, begun_at: datetime, now: datetime, provenance: Provenance
) -> None:
    model = type(before)
    said_then = select(model).where(
        col(model.fact_id) == before.fact_id, col(model.recorded_at) == begun_at, col(model.id) != before.id
    )
    ended = session.exec(said_then.order_by(col(model.id).desc())).first()
    if model is Sponsorship and ended is not None and ended.valid_to is not None and ended.valid_to <= now:
        return
    kept = Provenance(provenance.recorded_by, before.source, before.reason)
    if ended is None:
        values = before.model_dump(exclude={"id", "superseded_at", "superseded_by", "load_id"})
        record(session, model(**(values | kept.stamp(now, before.valid_from, before.valid_to))))
        return
    for one in history(session, model, now, fact_id=before.fact_id):
        if one.valid_to == ended.valid_to:
            replace(session, one, now, kept, valid_to=before.valid_to)


def _refuse_where_added(
    session: Session, model: Any, held: CareerBreak, before: set[UUID], now: datetime
) -> None:
    added = [
        one
        for one in history(session, model, now, employment_id=held.employment_id)
        if one.fact_id not in before and one.valid_to == held.valid_from
    ]
    if added:
        raise Conflict("The post or pay was changed since. Take that change back first, then the break.")


def _forget_return(session: Session, held: CareerBreak, now: datetime, provenance: Provenance) -> None:
    """Take back a return that was recorded, where nothing was recorded since that touches it."""
    if return_of(session, held, now) is None:
        return
    for model in _PAUSED:
        for one in history(session, model, now, employment_id=held.employment_id):
            if one.valid_to is not None and one.valid_to <= held.valid_from:
                continue
            if one.source != provenance.source or one.valid_from != held.valid_to:
                raise Conflict(
                    "The post or pay after the return was changed since. Correct the entries one by one in "
                    "the record."
                )
            supersede(session, one, now, provenance.recorded_by)


def _given_meanwhile(
    session: Session, employment: Employment, begins: datetime, returns: datetime, now: datetime
) -> list[Fact]:
    """Roles and grants that somebody gave for the time of the break: the return would let them revive."""
    return [
        one
        for one in pausing_with(session, employment, begins, now)
        if isinstance(one, _BY_HAND)
        and one.valid_from < returns
        and (one.valid_to is None or one.valid_to > returns)
    ]


def _settle_sponsorships(
    session: Session,
    said: CareerBreak,
    returns: datetime | None,
    now: datetime,
    provenance: Provenance,
    periods: ValidityPeriods,
) -> None:
    """A return that comes before sponsorship lapses takes that back; a later one, or none, no longer does."""
    lapses_at = start_of_day(periods.sponsored_until(civil_date(said.valid_from)))
    for one in history(session, Sponsorship, now, person_id=said.person_id, source=provenance.source):
        if one.valid_to is not None and returns is not None and returns <= one.valid_to:
            replaced = select(Sponsorship).where(
                col(Sponsorship.fact_id) == one.fact_id, col(Sponsorship.superseded_at) == one.recorded_at
            )
            before = session.exec(replaced.order_by(col(Sponsorship.id).desc())).first()
            if before is not None and (before.valid_to is None or before.valid_to > one.valid_to):
                replace(session, one, now, provenance, valid_to=before.valid_to)
        elif (returns is None or returns > lapses_at) and (one.valid_to is None or one.valid_to > lapses_at):
            end(session, one, lapses_at, now, provenance)


def _employed(session: Session, employment_id: UUID, begins: datetime, now: datetime) -> Employment:
    if begins > now + LATEST:
        raise Invalid("The first day must be within two years.", field="first_day")
    employed = current(session, Employment, begins, now, fact_id=employment_id)
    if not employed:
        message = "They were not employed by the organisation on the first day."
        raise Invalid(message, field="first_day")
    return employed[0]


def _check_expected(begins: datetime, ends_at: datetime | None, wanted: Wanted) -> None:
    return_on = wanted.values["return_on"]
    if return_on <= civil_date(begins):
        raise Invalid("The expected return must be after the first day of the break.", field="return_on")
    if return_on > civil_date(begins) + LONGEST:
        raise Invalid("The expected return must be within ten years of the first day.", field="return_on")
    if ends_at is not None and start_of_day(return_on) >= ends_at:
        raise Invalid("The break or the employment ends before that day.", field="return_on")
