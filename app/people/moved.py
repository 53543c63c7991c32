"""Which other entries a change of a record moves, in words: from when until when, now and then."""

from app.access import permissions
from app.display_formats import civil_date, last_day
from app.portable_profile.presenting import DASH, Presenter
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.employers import NEEDS, Periods, periods_in
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.reading import profile_as_of
from profiles.portable_profile.wanted import Wanted
from profiles.roles.permissions import Permission
from profiles.temporal import Fact


def moved_rows(wanted: Wanted, effect: Effect) -> list[list[str]]:
    """A row for each entry that the reader may see: what it says, its days now, and then."""
    if not effect.moved:
        return []
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.SEE_PEOPLE)
    seen = mine & permissions().organisations(NEEDS.get(wanted.kind, Permission.SEE_PEOPLE))
    periods = periods_in(session, wanted.person_id, mine, now)
    presenter = Presenter(session, profile_as_of(session, wanted.person_id, now, now))
    rows: list[list[str]] = []
    for was, then in effect.moved:
        shown = was or then
        if shown is not None and _is_seen(shown, seen, periods):
            rows.append([presenter.cells(Kind(wanted.kind), shown)[0], _days(was), _days(then)])
    return rows


def _is_seen(fact: Fact, seen: frozenset[object], periods: Periods) -> bool:
    """An organisation's own; of the person themselves, what was or will be so while they work there."""
    place = getattr(fact, "organisation_id", None)
    if place is not None:
        return place in seen
    return bool(seen) and periods.reach(fact)


def _days(fact: Fact | None) -> str:
    if fact is None:
        return DASH
    first = civil_date(fact.valid_from)
    if fact.valid_to is None:
        return _("From %(day)s", day=first)
    return _("%(first)s to %(last)s", first=first, last=last_day(fact.valid_to))
