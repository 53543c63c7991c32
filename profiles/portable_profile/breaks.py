"""A career break: the employment goes on, and the post, its access and pay end with the day before.

Nothing of it comes back by itself. A return begins a post and pay anew, so that what rests on rules opens
again; roles and what was granted by hand stay ended. That the expected day passes does nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.clearances.models import Sponsorship
from profiles.clearances.validity import ValidityPeriods
from profiles.columns import new_id
from profiles.employments.models import CareerBreak, Employment, Posting, PostingKind
from profiles.employments.service import is_moved_or_lent
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.pay.models import PayAllowance, PayReason, PayRecord
from profiles.pay.outside import take_scale
from profiles.people.service import addresses_of
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leaving import paid_until, pausing_with, sponsored_at
from profiles.portable_profile.models import Action, ReturnTerms
from profiles.portable_profile.resuming import make_room
from profiles.portable_profile.rules import EDITABLE, checked
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import RoleAssignment
from profiles.temporal import (
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
_NEUTRAL = "a career break"
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
    if held.valid_to is not None and held.valid_to <= now:
        raise Conflict("This career break is over.")
    if wanted.action is Action.EXPECT_RETURN:
        _check_expected(held.valid_from, held.valid_to, wanted)
        return replace(session, held, now, provenance, return_on=wanted.values["return_on"])
    if wanted.action is Action.END_BREAK:
        return _return(session, wanted, held, now, provenance, periods)
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


def _begin(
    session: Session, wanted: Wanted, now: datetime, officer_id: UUID | None, periods: ValidityPeriods
) -> CareerBreak:
    post: Posting = get_version(session, Kind.POSTING, wanted.version_id, wanted.person_id, now)
    begins = wanted.values["valid_from"]
    employment = _employed(session, post.employment_id, begins, now)
    _check_expected(begins, employment.valid_to, wanted)
    posts = history(session, Posting, now, employment_id=post.employment_id)
    lasting = [one for one in posts if one.valid_to is None or one.valid_to > begins]
    if is_moved_or_lent(session, post.person_id) or any(one.kind is PostingKind.HOST for one in lasting):
        raise Conflict("A move or a loan of this person is under way. It ends, or is stopped, first.")
    if not any(one.valid_from < begins and one.kind is PostingKind.HOME for one in lasting):
        raise Invalid("They had no post under this employment until that day.", field="first_day")
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
    _tell(session, begun, "Your career break is recorded", _began(begun), now)
    return begun


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
    said = replace(session, held, now, provenance, valid_to=returns)
    for model in _BY_HAND:
        for one in _given_meanwhile(session, model, said, now):
            end(
                session,
                one,
                said.valid_from,
                now,
                Provenance(provenance.recorded_by, provenance.source, _NEUTRAL),
            )
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
    pay = PayRecord(
        salary_pence=terms.salary_pence,
        fte_thousandths=terms.fte_thousandths,
        pay_reason=PayReason.RETURN,
        **(common | {"valid_to": paid_until(employment)}),
    )
    take_scale(session, pay, now)
    checked(session, Kind.PAY, pay, now)
    make_room(session, pay, now, provenance)
    record(session, pay)
    _tell(session, said, "Your return from a career break is recorded", _returned(returns), now)
    return said


def _take_back(session: Session, held: CareerBreak, now: datetime, provenance: Provenance) -> CareerBreak:
    """What would have ended with it goes on; what was corrected meanwhile keeps its correction."""
    if held.valid_from <= now:
        raise Conflict("The break has begun. Record the return.")
    _forget_return(session, held, now, provenance)
    versions = select(CareerBreak).where(col(CareerBreak.fact_id) == held.fact_id)
    begun = min(session.exec(versions), key=lambda one: one.recorded_at)
    if begun.source != provenance.source:
        raise Conflict("This break came with an import. Correct it where it came from.")
    begun_at = begun.recorded_at
    supersede(session, held, now, provenance.recorded_by)
    for model in (*_PAUSED, *_BY_HAND, Sponsorship):
        replaced = select(model).where(
            col(model.person_id) == held.person_id, col(model.superseded_at) == begun_at
        )
        before = {one.fact_id: one for one in session.exec(replaced.order_by(col(model.id)))}
        if model in _PAUSED:
            _refuse_where_added(session, model, held, set(before), now)
        for one in before.values():
            _restore(session, one, begun_at, now, provenance)
    _tell(session, held, "Your career break was taken back", _TAKEN_BACK, now)
    return held


def _restore(
    session: Session, before: Any, begun_at: datetime, now: datetime, provenance: Provenance
) -> None:
    model = type(before)
    said_then = select(model).where(
        col(model.fact_id) == before.fact_id, col(model.recorded_at) == begun_at, col(model.id) != before.id
    )
    ended = session.exec(said_then).first()
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


def _given_meanwhile(session: Session, model: Any, said: CareerBreak, now: datetime) -> Sequence[Any]:
    """Roles and grants that somebody gave for the time of the break: the return would let them revive."""
    employment = current(session, Employment, said.valid_from, now, fact_id=said.employment_id)[0]
    found = pausing_with(session, employment, said.valid_from, now)
    return [
        one
        for one in found
        if isinstance(one, model)
        and said.valid_to is not None
        and one.valid_from < said.valid_to
        and (one.valid_to is None or one.valid_to > said.valid_to)
    ]


def _settle_sponsorships(
    session: Session,
    said: CareerBreak,
    returns: datetime,
    now: datetime,
    provenance: Provenance,
    periods: ValidityPeriods,
) -> None:
    """A return that comes before sponsorship lapses takes that back; a later one does not, or no longer."""
    lapses_at = start_of_day(periods.sponsored_until(civil_date(said.valid_from)))
    for one in history(session, Sponsorship, now, person_id=said.person_id, source=provenance.source):
        if one.valid_to is not None and returns <= one.valid_to:
            replaced = select(Sponsorship).where(
                col(Sponsorship.fact_id) == one.fact_id, col(Sponsorship.superseded_at) == one.recorded_at
            )
            before = session.exec(replaced.order_by(col(Sponsorship.id).desc())).first()
            if before is not None and (before.valid_to is None or before.valid_to > one.valid_to):
                replace(session, one, now, provenance, valid_to=before.valid_to)
        elif returns > lapses_at and (one.valid_to is None or one.valid_to > lapses_at):
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
    if ends_at is not None and start_of_day(return_on) >= ends_at:
        raise Invalid("The break or the employment ends before that day.", field="return_on")


def _began(begun: CareerBreak) -> Iterable[str]:
    return (
        f"From {civil_date(begun.valid_from):%-d %B %Y} you are recorded to be on a career break from "
        f"{{organisation}}; you are expected back on {begun.return_on:%-d %B %Y}. Your employment goes on. "
        "Your post, your pay, what you use through the post and your roles end before that day.",
        "You can still sign in to Lanyard and see what is held about you. Keep a passkey of your own, or "
        "your recovery codes. Nothing opens by itself on the day of your return: HR records it.",
        "If this is wrong, tell your HR team.",
    )


def _returned(returns: datetime) -> Iterable[str]:
    return (
        f"From {civil_date(returns):%-d %B %Y} you are recorded to be back at {{organisation}}, with a post "
        "and pay from that day. Roles, and what was given to you by hand, are given anew where needed.",
        "If this is wrong, tell your HR team.",
    )


_TAKEN_BACK = (
    "The career break from {organisation} that was recorded for you was taken back: you work on as before.",
    "If this is wrong, tell your HR team.",
)


def _tell(session: Session, about: CareerBreak, subject: str, lines: Iterable[str], now: datetime) -> None:
    name = organisations.get(session, about.organisation_id, now).name
    body = "\n\n".join(lines).format(organisation=name) + "\n"
    for address in addresses_of(session, about.person_id, now):
        send_mail(session, address, subject, body, now=now, person_id=about.person_id)
