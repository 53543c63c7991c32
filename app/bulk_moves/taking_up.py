"""Payroll of the new organisation reads what is handed on of each person, and says what it still needs."""

from collections.abc import Iterator
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import DetailsForm
from app.bulk_moves.handed_on_rows import COLUMNS, handed_on_cells, handed_on_rows
from app.bulk_moves.paying import PAYING, READ_AT_ONCE, for_payroll, is_own
from app.bulk_moves.presenting import view_of
from app.bulk_moves.words import payroll_detail_words
from app.csv_files import csv_file
from app.display_formats import civil_date
from app.listed_names import known_name, listed_name, unlisted
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time
from app.transfers.dates_of_parts import transfer_timetable
from app.translation import gettext as _
from profiles.bulk_moves import payroll_details, reading
from profiles.bulk_moves.handed_on import handed_on
from profiles.bulk_moves.models import MOVED, BulkMove, BulkMoveMember, MemberState
from profiles.bulk_moves.payroll_dates import payroll_dates
from profiles.bulk_moves.searching import found_by
from profiles.people.service import names_of
from profiles.roles.permissions import Permission, requires

PATH = "/bulk-moves/<uuid:bulk_move_id>/payroll"
MISSING, UNSAID = "missing", "unsaid"
RECORDED = (MemberState.SCHEDULED, MemberState.LEFT, *MOVED)
"""Of whom something is recorded for the new organisation."""


@blueprint.get(PATH)
@blueprint.get(f"{PATH}/rest", endpoint="back_to_taking_up")
@requires(Permission.CONFIRM_PAY)
def taking_up(bulk_move_id: UUID) -> str:
    """Of whom something is missing, and of whom nothing was said yet."""
    session, now, move = request_session(), request_time(), for_payroll(bulk_move_id)
    text = request.args.get("q", "")
    wanted = next((one for one in (MISSING, UNSAID) if one == request.args.get("show")), "")
    found = payroll_details.list_waiting(
        session,
        move,
        missing=wanted == MISSING,
        unsaid=wanted == UNSAID,
        found_by=found_by(move, PAYING, text, now),
        after=asked_after(),
        limit=PAGE_SIZE + 1,
    )
    page = page_of(found, lambda one: one.id)
    hidden = unlisted(session, {one.person_id for one in page.rows}, now)
    has, lacks, unsaid = payroll_details.counts_of(session, move)
    return render_template(
        "bulk_moves/taking_up.html",
        view=view_of(session, move, now),
        cut_off=_cut_off(session, move),
        rows=[
            {
                "member": one,
                "name": listed_name(session, one.person_id, now),
                "number": "–" if one.person_id in hidden else one.new_number,
                "said": _said(one),
                "own": is_own(one),
            }
            for one in page.rows
        ],
        page=page,
        wanted=wanted,
        text=text,
        choices=[
            ("", _("All of these")),
            (MISSING, _("Something is missing")),
            (UNSAID, _("Nothing said yet")),
        ],
        counts=[
            (_("Nothing said yet"), f"{unsaid:,}"),
            (_("Something is missing"), f"{lacks:,}"),
            (_("You have what you need"), f"{has:,}"),
        ],
        is_open=move.state in payroll_details.STATES,
        rest=payroll_details.count_rest(session, move, signed_in_person(), permissions(), now),
        own_alone=payroll_details.has_own_alone(session, move, signed_in_person(), permissions()),
    )


@blueprint.get(f"{PATH}.csv")
@requires(Permission.CONFIRM_PAY, fresh=True)
def handed_on_csv(bulk_move_id: UUID) -> Response:
    """What is handed on of everybody, as a file for the payroll system."""
    return csv_file(COLUMNS, _csv_rows(for_payroll(bulk_move_id)), "payroll.csv")


@blueprint.post(f"{PATH}/rest")
@requires(Permission.CONFIRM_PAY, fresh=True)
def take_up_rest(bulk_move_id: UUID) -> AnyResponse:
    """Payroll has what it needs of everybody of whom nothing was said, as many as the page has shown."""
    number = payroll_details.record_rest_taken_up(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        shown=request.form.get("shown", 0, type=int),
    )
    flash(_("It is recorded of so many people: %(num)s", num=f"{number:,}"), "success")
    return _back(bulk_move_id)


@blueprint.get(f"{PATH}/<uuid:member_id>")
@requires(Permission.CONFIRM_PAY, fresh=True)
def taking_up_of(bulk_move_id: UUID, member_id: UUID) -> str:
    """What is handed on of one person, and what payroll has."""
    return _ask(for_payroll(bulk_move_id), member_id, DetailsForm())


@blueprint.post(f"{PATH}/<uuid:member_id>")
@requires(Permission.CONFIRM_PAY, fresh=True)
def take_up(bulk_move_id: UUID, member_id: UUID) -> AnyResponse | tuple[str, int]:
    """Say of one person what payroll has, and what is missing."""
    move, form = for_payroll(bulk_move_id), DetailsForm()
    if not form.validate_on_submit():
        return _ask(move, member_id, form), 422
    missing = payroll_details.record_details(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        member_id=member_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        has=form.has(),
    )
    flash(
        _("It is recorded, and the person is told. They stay listed here until you have everything.")
        if missing
        else _("You have what you need to pay them."),
        "success",
    )
    return _back(bulk_move_id)


def _ask(move: BulkMove, member_id: UUID, form: DetailsForm) -> str:
    session, now = request_session(), request_time()
    member = reading.get_member(session, move, member_id)
    own = is_own(member)
    shown = member.state in RECORDED and not own
    found = handed_on(session, [member], now).get(member.id) if shown else None
    return render_template(
        "bulk_moves/taking_up_of.html",
        view=view_of(session, move, now),
        member=member,
        name=known_name(session, member.person_id, now),
        form=form,
        rows=handed_on_rows(found) if found else [],
        said=_said(member),
        cut_off=_cut_off(session, move),
        is_open=move.state in payroll_details.STATES and member.state in payroll_details.OPEN,
        own=own,
    )


def _said(member: BulkMoveMember) -> str:
    if member.details_at is None:
        return _("Nothing said yet")
    words = payroll_detail_words()
    missing = [words[one] for one in payroll_details.missing_of(member)]
    if not missing:
        return _("You have what you need")
    return _("Missing: %(what)s", what=", ".join(missing))


def _cut_off(session: Session, move: BulkMove) -> str:
    return civil_date(payroll_dates(session, move, transfer_timetable(), request_time()).cut_off)


def _csv_rows(move: BulkMove) -> Iterator[list[str]]:
    """A line for each person, read some at a time; whoever is marked sensitive is in none."""
    session, now, after = request_session(), request_time(), None
    if move.state not in payroll_details.STATES:
        return
    while some := reading.members_of(session, move.id, states=RECORDED, after=after, limit=READ_AT_ONCE):
        after = some[-1].id
        people = {one.person_id for one in some}
        hidden, names = unlisted(session, people, now), names_of(session, people, now)
        found = handed_on(session, some, now)
        for one in some:
            if one.person_id in hidden or is_own(one) or one.id not in found:
                continue
            missing = one.missing_details if one.details_at else ""
            said = "" if one.details_at is None else "no" if missing else "yes"
            yield [
                names.get(one.person_id, ""),
                one.new_number,
                *handed_on_cells(found[one.id]),
                said,
                missing,
            ]


def _back(move_id: UUID) -> AnyResponse:
    return redirect(url_for("bulk_moves.taking_up", bulk_move_id=move_id), 303)
