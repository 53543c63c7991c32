"""What was corrected of the first day of people who came by a bulk move: one list, which payroll takes up."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.presenting import view_of
from app.csv_files import csv_file
from app.listed_names import known_name, listed_name, unlisted
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time
from app.transfers.pay_correction_rows import correction_rows
from app.translation import gettext as _
from profiles.bulk_moves import pay_corrections
from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.pay_corrections import Corrected
from profiles.errors import NotFound
from profiles.people.service import names_of
from profiles.roles.permissions import Permission, requires
from profiles.transfers.models import Side

PATH = "/bulk-moves/<uuid:bulk_move_id>/pay-corrections"
READ_AT_ONCE = 500
_COLUMNS = ("name", "number", "start_date", "grade", "salary", "hours")


@blueprint.get(PATH)
@requires(Permission.CONFIRM_PAY, fresh=True)
def corrected_pays(bulk_move_id: UUID) -> str:
    """Of whom something was corrected, and what."""
    session, now, move, side = request_session(), request_time(), _get(bulk_move_id), _side()
    own = (session, move, side, permissions(), signed_in_person())
    page = page_of(
        pay_corrections.list_open(*own, after=asked_after(), limit=PAGE_SIZE + 1),
        lambda one: one.correction.id,
    )
    hidden = unlisted(session, {one.member.person_id for one in page.rows}, now)
    shown = pay_corrections.as_shown(*own)
    return render_template(
        "bulk_moves/pay_corrections.html",
        view=view_of(session, move, now),
        side=side.value,
        page=page,
        total=int(shown.split()[0]),
        shown=shown,
        rows=[
            {
                "href": url_for(
                    "bulk_moves.corrected_pay",
                    bulk_move_id=bulk_move_id,
                    correction_id=one.correction.id,
                    side=side,
                ),
                "name": listed_name(session, one.member.person_id, now),
                "number": "–" if one.member.person_id in hidden else _number(one, side),
                "what": ", ".join(what for what, _was, _is, differs in _rows(one) if differs),
                "again": one.came_after_first_pay,
            }
            for one in page.rows
        ],
    )


@blueprint.get(f"{PATH}.csv")
@requires(Permission.CONFIRM_PAY, fresh=True)
def corrected_pays_csv(bulk_move_id: UUID) -> Response:
    """The whole list as a file: what payroll was told, and what is right."""
    move, side = _get(bulk_move_id), _side()
    columns = _COLUMNS if side is Side.IMPORTING else _COLUMNS[:3]
    head = [*columns[:2], *(f"{name}_{word}" for name in columns[2:] for word in ("told", "right"))]
    if side is Side.IMPORTING:
        head.append("first_pay_confirmed")
    return csv_file(head, _csv_rows(move, side), "corrections.csv")


@blueprint.post(PATH)
@requires(Permission.CONFIRM_PAY, fresh=True)
def take_up_corrected_pays(bulk_move_id: UUID) -> AnyResponse:
    """All of the list is taken up."""
    number = _take_up(bulk_move_id)
    flash(_("It is recorded of so many people: %(num)s", num=f"{number:,}"), "success")
    return redirect(url_for("transfers.own_tasks"), 303)


@blueprint.get(f"{PATH}/<uuid:correction_id>")
@requires(Permission.CONFIRM_PAY, fresh=True)
def corrected_pay(bulk_move_id: UUID, correction_id: UUID) -> str:
    """What payroll was told of one person, and what is right."""
    session, now, move, side = request_session(), request_time(), _get(bulk_move_id), _side()
    own = (session, move, side, permissions(), signed_in_person())
    one = next(iter(pay_corrections.list_open(*own, only=correction_id, limit=1)), None)
    if one is None:
        raise NotFound(_("There is no such correction."))
    address: dict[str, Any] = {"bulk_move_id": bulk_move_id, "side": side}
    return render_template(
        "transfers/pay_correction.html",
        view=view_of(session, move, now),
        name=known_name(session, one.member.person_id, now),
        correction=one.correction,
        shown=pay_corrections.as_shown(*own, correction_id),
        rows=_rows(one),
        is_first_pay_said=one.came_after_first_pay,
        action=url_for("bulk_moves.take_up_corrected_pay", correction_id=correction_id, **address),
        back_href=url_for("bulk_moves.corrected_pays", **address),
    )


@blueprint.post(f"{PATH}/<uuid:correction_id>")
@requires(Permission.CONFIRM_PAY, fresh=True)
def take_up_corrected_pay(bulk_move_id: UUID, correction_id: UUID) -> AnyResponse:
    """It is taken up of one person."""
    _take_up(bulk_move_id, correction_id)
    flash(_("You have confirmed that you have taken it up."), "success")
    return redirect(url_for("bulk_moves.corrected_pays", bulk_move_id=bulk_move_id, side=_side()), 303)


def corrected_pay_rows(session: Session, person_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """A row for each list that waits for the reader among their tasks, with since when."""
    return [
        {
            "href": url_for("bulk_moves.corrected_pays", bulk_move_id=one.move.id, side=one.side),
            "name": _("%(title)s: %(num)s people", title=view.title, num=f"{one.people:,}"),
            "since": one.since,
            "whose": view.importing if one.side is Side.IMPORTING else view.exporting,
        }
        for one in pay_corrections.waiting_for(session, permissions(), person_id)
        for view in [view_of(session, one.move, now)]
    ]


def _take_up(move_id: UUID, correction_id: UUID | None = None) -> int:
    return pay_corrections.take_up(
        request_session(),
        request_time(),
        move_id=move_id,
        side=_side(),
        officer_id=signed_in_person(),
        permissions=permissions(),
        shown=request.form.get("shown", ""),
        only=correction_id,
    )


def _get(move_id: UUID) -> BulkMove:
    return pay_corrections.get_for(request_session(), move_id, _side(), permissions())


def _side() -> Side:
    try:
        return Side(request.args.get("side", ""))
    except ValueError as error:
        raise NotFound(_("There is no such correction.")) from error


def _rows(one: Corrected) -> list[tuple[str, str, str, bool]]:
    return correction_rows(one.before, one.after)


def _number(one: Corrected, side: Side) -> str:
    return one.member.new_number if side is Side.IMPORTING else one.member.number


def _csv_rows(move: BulkMove, side: Side) -> Iterator[list[str]]:
    """A line for each person, read some at a time; whoever is marked sensitive is in none."""
    session, now, after = request_session(), request_time(), None
    own = (session, move, side, permissions(), signed_in_person())
    while some := pay_corrections.list_open(*own, after=after, limit=READ_AT_ONCE):
        after = some[-1].correction.id
        people = {one.member.person_id for one in some}
        hidden, names = unlisted(session, people, now), names_of(session, people, now)
        for one in some:
            if one.member.person_id not in hidden:
                yield [names.get(one.member.person_id, ""), _number(one, side), *_csv_cells(one, side)]


def _csv_cells(one: Corrected, side: Side) -> list[str]:
    told, right = one.before, one.after
    dates = [day.isoformat() if day else "" for day in (told.start_date, right.start_date)]
    if side is Side.EXPORTING:
        return dates
    pays = [
        "" if pence is None else f"{pence / 100:.2f}" for pence in (told.salary_pence, right.salary_pence)
    ]
    grades = [told.local_grade or "", right.local_grade or ""]
    hours = [
        "" if part is None else f"{part / 10:g}" for part in (told.fte_thousandths, right.fte_thousandths)
    ]
    return [*dates, *grades, *pays, *hours, "yes" if one.came_after_first_pay else "no"]
