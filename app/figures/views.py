"""The dashboard's page, and each of its tables as CSV. Nobody is named in either."""

from collections.abc import Iterable, Sequence

from flask import Response, abort, render_template, url_for

from app.access import permissions
from app.csv_files import csv_file
from app.figures import charts, words
from app.figures.asked import Asked, asked_for
from app.figures.assuming import assumption_rows
from app.figures.blueprint import blueprint
from app.figures.tables import GOAL_FIRST_DAYS, GOAL_WRONG_PAY, Table, tables
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.figures.counts import Share
from profiles.figures.service import Figures, figures_of
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date


@blueprint.get("/figures")
@requires(Permission.SEE_FIGURES)
def figures() -> str:
    """Everything of one period, as charts with their tables."""
    asked = _asked()
    found = _found(asked)
    made = {name: make(found) for name, make in tables().items()}
    return render_template(
        "figures/figures.html",
        asked=asked,
        form=asked.form,
        found=found,
        tables=made,
        bars={name: _bars(table) for name, table in made.items()},
        lines=_lines(found, [row[0] for row in made["months"].rows]),
        csv_href=lambda name: url_for("figures.table_csv", table=name, **asked.query),
        waiting_href=url_for("transfers.waiting")
        if permissions().anywhere(Permission.APPROVE_TRANSFER)
        else None,
        late=[
            words.number(one) for one in (found.now.late, found.now.late_loans.number, found.bulk.late.number)
        ],
        assumption_rows=assumption_rows(found.assumed),
        may_assume=permissions().anywhere(Permission.SET_ASSUMPTIONS),
    )


@blueprint.get("/figures/<table>.csv")
@requires(Permission.SEE_FIGURES)
def table_csv(table: str) -> Response:
    """One table as CSV; cells that a spreadsheet would take for a formula begin with an apostrophe."""
    make = tables().get(table)
    if make is None:
        abort(404)
    asked = _asked()
    made = make(_found(asked))
    return csv_file(made.head, made.rows, f"{table}-{asked.period.first}-{asked.period.last}.csv")


def _asked() -> Asked:
    now = request_time()
    return asked_for(organisations.tree(request_session(), now), civil_date(now))


def _found(asked: Asked) -> Figures:
    return figures_of(request_session(), asked.reader, asked.period, request_time())


def _bars(table: Table) -> charts.BarChart | None:
    """The picture of a table: its rows, as long as its second column says."""
    rows = [(row[0], value, row[1]) for row, value in zip(table.rows, table.bars, strict=False)]
    return charts.bar_chart(table.title, table.head[1], rows)


def _lines(found: Figures, months: Sequence[str]) -> dict[str, list[charts.LineChart]]:
    """The courses of the period, by the table that says the same.

    Of first days the few that went wrong are drawn: lines at 99 and 100 in a hundred look alike.
    """
    hours = [one.hours for one in found.months]
    least, most = ([None if one is None else one[end] for one in hours] for end in (0, 1))
    days = _percents(one.wrong_first_days for one in found.months)
    pays = _percents(one.wrong_pay for one in found.months)
    wrong_days = round(100 - GOAL_FIRST_DAYS, 2)
    made = {
        "months": [
            charts.line_chart(
                _("Not the right access on day one, in a hundred who tried"),
                months,
                [(_("Wrong"), days)],
                goal=(wrong_days, _("Goal: %(goal)s", goal=wrong_days)),
            ),
            charts.line_chart(
                _("Wrong first pays in a hundred"),
                months,
                [(_("Wrong"), pays)],
                goal=(GOAL_WRONG_PAY, _("Goal: %(goal)s", goal=GOAL_WRONG_PAY)),
            ),
        ],
        "hours": [charts.line_chart(_("Hours saved"), months, [(_("Least"), least), (_("Most"), most)])],
    }
    return {name: [one for one in lines if one is not None] for name, lines in made.items()}


def _percents(shares: Iterable[Share | None]) -> list[float | None]:
    return [None if share is None or share.part.fewer else share.percent for share in shares]
