"""Somebody's posts and pay over time, for HR of where they work or worked: a picture, tables, and gaps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, url_for

from app.access import permissions
from app.display_formats import civil_date, last_day, money
from app.pay_chart import pay_chart
from app.people.as_of import moment_of_fact, record_at
from app.people.blueprint import blueprint
from app.people.names import name_in
from app.portable_profile.presenting import DASH
from app.portable_profile.words import pay_reasons, posting_kinds, share
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.employments.models import Posting
from profiles.organisations.reading import names_ever
from profiles.pay.models import PayRecord
from profiles.portable_profile.employers import Periods, employers_part, periods_in
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.over_time import Gap, OverTime, over_time
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT, Fact
from profiles.temporal import civil_date as day_of


@dataclass(frozen=True)
class Row:
    """An entry, whose link opens the record on a day on which it is so, or a gap, where one adds to it."""

    cells: list[str]
    text: str
    href: str


@blueprint.get("/people/<uuid:person_id>/over-time")
@requires(Permission.SEE_PEOPLE)
def posts_and_pay(person_id: UUID) -> str:
    """The officer's own organisations' entries, past, present and to come."""
    session, now = request_session(), request_time()
    found = over_time(session, person_id, permissions(), now)
    names = names_ever(session, now)
    mine = permissions().organisations(Permission.SEE_PEOPLE)
    periods = periods_in(session, person_id, mine, now)
    shown = _Shown(person_id, periods, names, now)
    at = periods.shown_at(now)
    profile = employers_part(session, person_id, permissions(), valid_at=at, known_at=now, now=now)
    return render_template(
        "people/over_time.html",
        name=name_in(profile),
        organisations=sorted({names[one.organisation_id] for one in found.posts}),
        sees_pay=bool(mine & permissions().organisations(Permission.SEE_PAY)),
        chart=pay_chart(found.pay, found.allowances, now, names.__getitem__),
        posts=shown.posts(found),
        pay=shown.pay(found),
        gaps=[gap_in_words(one) for one in found.gaps],
        back_href=url_for("people.record_as_of", person_id=person_id),
    )


def gap_in_words(gap: Gap) -> str:
    """What is not recorded, from when until when."""
    first = civil_date(gap.span.valid_from)
    if gap.span.valid_to is not None:
        days = {"first": first, "last": last_day(gap.span.valid_to)}
        if gap.kind is Kind.PAY:
            return _("No pay is recorded from %(first)s to %(last)s.", **days)
        return _("No post is recorded from %(first)s to %(last)s.", **days)
    if gap.kind is Kind.PAY:
        return _("No pay is recorded from %(first)s on.", first=first)
    return _("No post is recorded from %(first)s on.", first=first)


@dataclass(frozen=True)
class _Shown:
    person_id: UUID
    periods: Periods
    names: Mapping[UUID, str]
    now: datetime

    def posts(self, found: OverTime) -> list[Row]:
        """The newest or the next to come first, with the gaps where they are."""
        return self._rows(found.posts, [one for one in found.gaps if one.kind is Kind.POSTING], self._post)

    def pay(self, found: OverTime) -> list[Row]:
        """Every salary, the same way."""
        return self._rows(found.pay, [one for one in found.gaps if one.kind is Kind.PAY], self._salary)

    def _rows(
        self, facts: Sequence[Any], gaps: Sequence[Gap], cells_of: Callable[[Any], list[str]]
    ) -> list[Row]:
        rows = [
            (one.valid_from, Row([*cells_of(one), *_span(one)], _("Open"), self._href(one))) for one in facts
        ]
        for gap in gaps:
            cells = [_("Nothing is recorded"), self.names[gap.organisation_id], DASH, DASH, *_span(gap.span)]
            rows.append((gap.span.valid_from, Row(cells, _("Add"), self._add_href(gap))))
        return [row for _at, row in sorted(rows, key=lambda pair: pair[0], reverse=True)]

    def _post(self, one: Posting) -> list[str]:
        organisation = self.names[one.organisation_id]
        return [one.job_title, organisation, one.local_grade, posting_kinds()[one.kind]]

    def _salary(self, one: PayRecord) -> list[str]:
        return [
            money(one.salary_pence),
            self.names[one.organisation_id],
            share(one.fte_thousandths),
            pay_reasons()[one.pay_reason],
        ]

    def _add_href(self, gap: Gap) -> str:
        may = permissions().allows(Permission.CHANGE_RECORDS, gap.organisation_id)
        if not may or permissions().are_of(self.person_id):
            return ""
        days: dict[str, Any] = {"first_day": day_of(gap.span.valid_from).isoformat()}
        if gap.span.valid_to is not None:
            days["last_day"] = day_of(gap.span.valid_to - INSTANT).isoformat()
        return url_for("people.add_fact", person_id=self.person_id, kind=gap.kind.value, **days)

    def _href(self, one: Fact) -> str:
        """The record on a day on which it is so; nothing where they do not work there then."""
        at = moment_of_fact(one, self.now)
        return record_at(self.person_id, at) if self.periods.hold(at) else ""


def _span(one: Any) -> list[str]:
    return [civil_date(one.valid_from), last_day(one.valid_to) if one.valid_to else _("No end date")]
