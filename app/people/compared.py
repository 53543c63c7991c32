"""What a change of a record says, beside what is so now."""

from collections import Counter
from collections.abc import Iterable

from app.access import permissions
from app.display_formats import civil_date, last_day, money
from app.portable_profile.presenting import DASH, Presenter
from app.portable_profile.words import (
    allowance_kinds,
    break_actions,
    kinds,
    leaving_causes,
    post_changes,
    share,
)
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.pay.models import PayAllowance, PayRecord
from profiles.portable_profile.adding import EMPLOYMENT
from profiles.portable_profile.breaks import OF_BREAKS
from profiles.portable_profile.changes import LEAVING, Effect, as_said
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.leaving import pausing_with
from profiles.portable_profile.models import Action, PostChange, RecordChange
from profiles.portable_profile.post_pay import paid_under
from profiles.portable_profile.posts import OF_POSTS, first_day_of, post_held
from profiles.portable_profile.reading import profile_as_of
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.vetting import VETTED
from profiles.portable_profile.wanted import Wanted, wanted_by
from profiles.roles.permissions import Permission
from profiles.temporal import Fact, current, history


def title_of(change: Wanted | RecordChange) -> str:
    """What is done to the record, in a few words."""
    if change.action is Action.LEAVE:
        return _("They leave")
    if change.action is Action.STAY:
        return _("They stay after all")
    if change.action is Action.TAKE_BACK:
        return _("Taken back: %(what)s", what=kinds()[Kind(change.kind)])
    if change.action in OF_BREAKS:
        return break_actions()[change.action]
    if change.action not in OF_POSTS:
        return kinds()[Kind(change.kind)]
    if change.action is Action.TAKE_BACK_POST:
        return _("A change of post is taken back")
    wanted = wanted_by(change) if isinstance(change, RecordChange) else change
    return post_changes()[PostChange(wanted.values["change"])]


def compared(wanted: Wanted, effect: Effect) -> list[list[str]]:
    """Rows of what, how it is now, and how it becomes; of a change of post only what differs."""
    session, now = request_session(), request_time()
    presenter = Presenter(session, profile_as_of(session, wanted.person_id, now, now))
    if wanted.action in OF_POSTS and isinstance(effect.said, Posting):
        return _of_post(presenter, wanted, effect, effect.said)
    held, said = _said(wanted, effect)

    def cells(fact: Fact) -> list[tuple[str, str]]:
        return [*presenter.statements(wanted.kind, fact), *_times(fact)]

    if said.superseded_at is not None:  # nothing stands in its place
        return [[head, was, DASH] for head, was in cells(said)]
    then = cells(said)
    present = [text for _head, text in cells(held)] if held is not None else [DASH] * len(then)
    rows = [[head, was, becomes] for (head, becomes), was in zip(then, present, strict=True)]
    if wanted.action in OF_BREAKS:
        rows = _of_break(wanted, rows)
    if wanted.action is Action.BEGIN_BREAK and isinstance(effect.said, CareerBreak):
        rows.append([_("Ends with the day before"), DASH, _what_pauses(effect.said)])
    if wanted.action is Action.END_BREAK:
        rows += _of_return(wanted)
    if EMPLOYMENT in wanted.values:
        rows.insert(0, [_("Employment"), DASH, _number_of(wanted)])
    if wanted.action is Action.LEAVE:
        rows.append([_("Why they leave"), DASH, leaving_causes()[wanted.values["cause"]]])
    return rows


def _number_of(wanted: Wanted) -> str:
    """The number of the employment that it names."""
    session, now = request_session(), request_time()
    found = history(session, Employment, now, person_id=wanted.person_id)
    return next((one.number for one in found if one.fact_id == wanted.values[EMPLOYMENT]), DASH)


def _said(wanted: Wanted, effect: Effect) -> tuple[Fact | None, Fact]:
    """What we say now, where there is something, and what would be said."""
    session, now = request_session(), request_time()
    if wanted.action is Action.BEGIN_BREAK:
        return None, effect.said
    if wanted.kind not in VETTED and wanted.action not in LEAVING | OF_BREAKS:
        return as_said(session, wanted, now)
    if wanted.version_id is None:
        return None, effect.said
    return get_version(session, wanted.kind, wanted.version_id, wanted.person_id, now), effect.said


def _of_break(wanted: Wanted, rows: list[list[str]]) -> list[list[str]]:
    """What changes of a break itself, or all of one that is taken back; a return says its day itself."""
    if wanted.action is Action.TAKE_BACK_BREAK:
        return [[head, was, DASH] for head, was, _then in rows]
    said = _("Expected back on") if wanted.action is Action.END_BREAK else ""
    return [row for row in rows if row[1] != row[2] and row[0] != said]


def _what_pauses(said: CareerBreak) -> str:
    """What ends when a break begins, by kind."""
    session, now = request_session(), request_time()
    found = current(session, Employment, said.valid_from, now, fact_id=said.employment_id)
    ends = [one for held in found for one in pausing_with(session, held, said.valid_from, now)]
    counts = Counter(type(one) for one in ends)
    words = [
        _("%(what)s (%(number)d)", what=kinds()[kind], number=counts[model])
        for kind, model in MODELS.items()
        if counts[model]
    ]
    return ", ".join(words) or DASH


def _of_return(wanted: Wanted) -> list[list[str]]:
    """The post and the pay that begin with a return; nothing of it was so before."""
    said = wanted.values
    rows = [
        [_("Back from"), DASH, civil_date(said["valid_from"])],
        [_("Job"), DASH, said["job_title"]],
        [_("Grade"), DASH, said["local_grade"]],
        [_("Needs clearance"), DASH, said.get("required_clearance") or DASH],
    ]
    if permissions().allows(Permission.SEE_PAY, wanted.organisation_id):
        rows += [
            [_("Yearly salary, full-time"), DASH, money(said["salary_pence"])],
            [_("Hours"), DASH, share(said["fte_thousandths"])],
        ]
    return rows


def _times(fact: Fact) -> list[tuple[str, str]]:
    if isinstance(fact, CareerBreak):
        until = last_day(fact.valid_to) if fact.valid_to else _("Until a return is recorded")
        return [
            (_("First day of the break"), civil_date(fact.valid_from)),
            (_("Last day of the break"), until),
        ]
    until = last_day(fact.valid_to) if fact.valid_to else _("No end date")
    return [(_("From"), civil_date(fact.valid_from)), (_("Last day"), until)]


def _of_post(presenter: Presenter, wanted: Wanted, effect: Effect, said: Posting) -> list[list[str]]:
    """The post and what is paid on the first day: as it is recorded, and as it becomes."""
    session, now = request_session(), request_time()
    at = first_day_of(session, wanted, now)
    held = post_held(session, said.employment_id, at, now) or said
    then, present = ([*presenter.statements(Kind.POSTING, one), *_times(one)] for one in (said, held))
    rows = [[head, was, becomes] for (head, becomes), (_head, was) in zip(then, present, strict=True)]
    if permissions().allows(Permission.SEE_PAY, said.organisation_id):
        was_paid, is_paid = (
            _in_words(paid) for paid in (paid_under(session, said.employment_id, at, now), effect.beside)
        )
        rows += [[head, was_paid.get(head, DASH), is_paid.get(head, DASH)] for head in was_paid | is_paid]
    return [row for row in rows if row[1] != row[2]]


def _in_words(paid: Iterable[Fact]) -> dict[str, str]:
    words: dict[str, str] = {}
    for one in paid:
        if isinstance(one, PayRecord):
            words[_("Yearly salary, full-time")] = money(one.salary_pence)
            words[_("Mark time through")] = civil_date(one.mark_time_until) if one.mark_time_until else DASH
        elif isinstance(one, PayAllowance):
            words[allowance_kinds()[one.kind]] = money(one.amount_pence)
    return words
