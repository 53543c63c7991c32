"""Somebody changes post where they work: the post, what it pays and an allowance, as one change.

They are recorded together or not at all, and end together where the change is temporary. They are corrected
or taken back as one while nothing was recorded since that touches them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.columns import new_id
from profiles.employments.breaks import paused_before
from profiles.employments.models import RESUMES, Employment, Posting, PostingKind
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.pay.models import PayAllowance, PayRecord
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leaving import paid_until
from profiles.portable_profile.models import Action, ChangeState, PostChange, PostTerms, RecordChange
from profiles.portable_profile.post_pay import record_allowance, record_pay
from profiles.portable_profile.resuming import first_in_the_way, make_room
from profiles.portable_profile.rules import EDITABLE, checked
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import Fact, Provenance, civil_date, current, history, record, supersede

OF_POSTS = frozenset({Action.CHANGE_POST, Action.CORRECT_POST, Action.TAKE_BACK_POST})
SOURCE = "post-change"
LATEST = timedelta(days=2 * 366)
"""How far ahead a first day may lie: what is further is a slip of the pen."""
_MODELS: tuple[Any, ...] = (Posting, PayRecord, PayAllowance)
_DIRECTIONS = {
    PostChange.PROMOTION: (1, "A promotion is to a higher grade than that of the present post."),
    PostChange.TEMPORARY_PROMOTION: (1, "A promotion is to a higher grade than that of the present post."),
    PostChange.LEVEL_MOVE: (0, "A level move is to the grade of the present post."),
    PostChange.LOWER_GRADE: (-1, "Choose a grade below that of the present post."),
}


def record_post_change(session: Session, wanted: Wanted, now: datetime, officer_id: UUID | None) -> Posting:
    """Record a change of post, correct one or take one back; return the post that holds from its first day.

    Raises Invalid, naming the field, and Conflict when something was changed meanwhile.
    """
    held: Posting = get_version(session, Kind.POSTING, wanted.version_id, wanted.person_id, now)
    if held.kind is not PostingKind.HOME:
        raise Invalid("A post on loan changes by a new agreement.")
    if wanted.action is Action.CHANGE_POST:
        return _record(session, wanted, held, now, officer_id, {})
    begun = _take_back(session, held, now, Provenance(officer_id, SOURCE, wanted.reason.strip()))
    if wanted.action is Action.CORRECT_POST:
        return _record(session, wanted, held, now, officer_id, begun)
    return _post_at(session, held.employment_id, held.valid_from, now)


def first_day_of(session: Session, wanted: Wanted, now: datetime) -> datetime:
    """From when a change of post is: the one that is recorded, or the one that is taken back."""
    if "valid_from" in wanted.values:
        begins: datetime = wanted.values["valid_from"]
        return begins
    held: Posting = get_version(session, Kind.POSTING, wanted.version_id, wanted.person_id, now)
    return held.valid_from


def post_held(session: Session, employment_id: UUID, at: datetime, known_at: datetime) -> Posting | None:
    """The home post held under an employment at ``at``."""
    where = {"employment_id": employment_id, "kind": PostingKind.HOME}
    return next(iter(current(session, Posting, at, known_at, **where)), None)


def post_changes(session: Session, person_id: UUID, now: datetime) -> list[tuple[Posting, RecordChange]]:
    """The changes of post that can be corrected or taken back as one and are not over, the oldest first."""
    posts = history(session, Posting, now, person_id=person_id)
    lasting = [one for one in posts if one.valid_to is None or one.valid_to > now]
    found = ((one, find_post_change(session, one)) for one in lasting)
    return [(one, change) for one, change in found if change is not None]


def find_post_change(session: Session, posting: Any) -> RecordChange | None:
    """The change that recorded a post as it stands; None where something else did, or changed it since."""
    if posting.source != _marker(posting.fact_id):
        return None
    asked = select(RecordChange).where(
        col(RecordChange.person_id) == posting.person_id,
        col(RecordChange.action).in_((Action.CHANGE_POST, Action.CORRECT_POST)),
        col(RecordChange.state) == ChangeState.RECORDED,
    )
    for one in session.exec(asked.order_by(col(RecordChange.id).desc())):
        if (one.decided_at or one.proposed_at) == posting.recorded_at:
            return one
    return None


def _record(
    session: Session,
    wanted: Wanted,
    held: Posting,
    now: datetime,
    officer_id: UUID | None,
    begun: dict[type[Fact], UUID],
) -> Posting:
    """``begun`` has the ``fact_id`` of what an earlier version of this change began: it stays the same."""
    values = dict(wanted.values)
    terms = PostTerms(**{name: values.pop(name) for name in PostTerms.model_fields if name in values})
    begins, until = values.pop("valid_from"), values.pop("valid_to", None)
    unknown = values.keys() - set(EDITABLE[Kind.POSTING])
    if unknown:
        raise Invalid(f"{sorted(unknown)[0]} cannot be changed here.")
    employment = _checked(session, held, terms, begins, until, now)
    if until is not None:
        until = paused_before(session, held.employment_id, begins, until, now)
    before = _post_at(session, held.employment_id, begins, now)
    if before.valid_from == begins:
        raise Invalid("The present post began on that day. Correct it in the record.", field="first_day")
    fact_id = begun.get(Posting, new_id())
    provenance = Provenance(officer_id, _marker(fact_id), wanted.reason.strip())
    common = provenance.stamp(now, begins, until) | {
        "person_id": held.person_id,
        "organisation_id": held.organisation_id,
        "employment_id": held.employment_id,
    }
    posting = Posting(fact_id=fact_id, kind=PostingKind.HOME, **values, **common)
    checked(session, Kind.POSTING, posting, now)
    _check_direction(session, before, posting, terms.change, now)
    ends_at = paused_before(session, held.employment_id, begins, employment.valid_to, now)
    make_room(session, posting, now, provenance, ends_at=ends_at)
    if until is None:
        _check_lasts(session, posting, now)
    _check_free(session, posting, now)
    record(session, posting)
    paid_to = paid_until(employment)
    ends_at = paused_before(session, held.employment_id, begins, paid_to, now)
    record_pay(session, terms, common, now, provenance, begun.get(PayRecord, new_id()), ends_at)
    record_allowance(session, terms, common, now, provenance, begun.get(PayAllowance, new_id()))
    return posting


def _checked(
    session: Session,
    held: Posting,
    terms: PostTerms,
    begins: datetime,
    until: datetime | None,
    now: datetime,
) -> Employment:
    """The employment, where the days can be. Raises Invalid, naming the field."""
    if begins > now + LATEST:
        raise Invalid("The first day must be within two years.", field="first_day")
    is_temporary = terms.change is PostChange.TEMPORARY_PROMOTION
    if is_temporary and until is None:
        raise Invalid("Enter the last day of the temporary promotion.", field="last_day")
    if not is_temporary and until is not None:
        raise Invalid("Only a temporary promotion has a last day.", field="last_day")
    if until is not None and until <= begins:
        raise Invalid("The last day must not be before the first.", field="last_day")
    employed = current(session, Employment, begins, now, fact_id=held.employment_id)
    if not employed:
        message = "They were not employed by the organisation on the first day."
        raise Invalid(message, field="first_day")
    ends_at = employed[0].valid_to
    if until is not None and ends_at is not None and until > ends_at:
        raise Invalid("The employment ends before that day.", field="last_day")
    return employed[0]


def _post_at(session: Session, employment_id: UUID, at: datetime, now: datetime) -> Posting:
    found = post_held(session, employment_id, at, now)
    if found is None:
        raise Invalid("They had no post under this employment on the first day.", field="first_day")
    return found


def _check_lasts(session: Session, posting: Posting, now: datetime) -> None:
    """Raise Invalid where a temporary promotion begins later: after it the post from before would go on."""
    where = {"employment_id": posting.employment_id, "kind": PostingKind.HOME}
    for later in history(session, Posting, now, **where):
        goes_on = history(session, Posting, now, source=f"{RESUMES}{later.fact_id}")
        if later.valid_from > posting.valid_from and goes_on:
            day = f"{civil_date(later.valid_from):%-d %B %Y}"
            raise Invalid(
                f"A temporary promotion is recorded from {day}. After it the present post goes on. Take that "
                "promotion back first, or correct the posts one by one in the record.",
                field="first_day",
            )


def _check_free(session: Session, posting: Posting, now: datetime) -> None:
    """Raise Invalid where another post begins within the time of a temporary promotion."""
    begins = first_in_the_way(session, posting, now)
    if begins is not None:
        later = _post_at(session, posting.employment_id, begins, now)
        raise Invalid(
            f"Another post, {later.job_title}, is recorded from {civil_date(begins):%-d %B %Y}. Let the "
            "temporary promotion end before that day, or take that post back first.",
            field="last_day",
        )


def _check_direction(
    session: Session, before: Posting, posting: Posting, change: PostChange, now: datetime
) -> None:
    """Compare common grades, where both labels have one, with the post that is held for good."""
    label, at = _for_good(session, before, now).local_grade, posting.valid_from
    try:
        was = organisations.common_grade(session, posting.organisation_id, label, at, now)
    except NotFound:
        was = None
    becomes = organisations.common_grade(session, posting.organisation_id, posting.local_grade, at, now)
    if was is None or becomes is None:
        return
    direction, message = _DIRECTIONS[change]
    if (becomes.rank > was.rank) - (becomes.rank < was.rank) != direction:
        raise Invalid(message, field="local_grade")


def _for_good(session: Session, post: Posting, now: datetime) -> Posting:
    """The post that goes on after a temporary one, and after whatever is temporary in between."""
    where = {"employment_id": post.employment_id, "kind": PostingKind.HOME}
    follows = {one.valid_from: one for one in history(session, Posting, now, **where)}
    while post.valid_to in follows and follows[post.valid_to].source.startswith(RESUMES):
        post = follows[post.valid_to]
    return post


def _take_back(
    session: Session, held: Posting, now: datetime, provenance: Provenance
) -> dict[type[Fact], UUID]:
    """Let stand what stood before, exactly; return the ``fact_id`` of what the change began."""
    if find_post_change(session, held) is None:
        raise Conflict("This post was changed since. Correct its entries one by one in the record.")
    at, marker = held.recorded_at, held.source
    said = [one for model in _MODELS for one in _said_by(session, model, held)]
    if any(one.superseded_at not in (None, at) for one in said):
        raise Conflict(
            "The post before or after it, pay or an allowance was changed since. Correct the entries one by "
            "one in the record."
        )
    before = [one for model in _MODELS for one in _stood_before(session, model, held)]
    begun = {
        type(one): one.fact_id
        for one in said
        if one.superseded_at is None and one.source == marker and one.valid_from == held.valid_from
    }
    for one in said:
        if one.superseded_at is None:
            supersede(session, one, now, provenance.recorded_by)
    for one in before:
        values = one.model_dump(exclude={"id", "superseded_at", "superseded_by", "load_id"})
        as_it_was = Provenance(provenance.recorded_by, one.source, provenance.reason)
        record(session, type(one)(**(values | as_it_was.stamp(now, one.valid_from, one.valid_to))))
    return begun


def _said_by(session: Session, model: Any, held: Posting) -> Sequence[Any]:
    """What the change recorded: what it began and ended, and what goes on after it."""
    found = select(model).where(
        col(model.person_id) == held.person_id,
        col(model.recorded_at) == held.recorded_at,
        (col(model.source) == held.source) | col(model.source).startswith(RESUMES),
    )
    return session.exec(found).all()


def _stood_before(session: Session, model: Any, held: Posting) -> Sequence[Any]:
    """What the change replaced, each fact as it stood last; nothing of an earlier version of the change."""
    versions = select(col(Posting.recorded_at)).where(col(Posting.fact_id) == held.fact_id)
    earlier = set(session.exec(versions)) - {held.recorded_at}
    replaced = select(model).where(
        col(model.person_id) == held.person_id,
        col(model.superseded_at) == held.recorded_at,
        col(model.source) != held.source,
    )
    last = {one.fact_id: one for one in session.exec(replaced.order_by(col(model.id)))}
    return [
        one for one in last.values() if not (one.source.startswith(RESUMES) and one.recorded_at in earlier)
    ]


def _marker(fact_id: UUID) -> str:
    return f"{SOURCE}:{fact_id}"
