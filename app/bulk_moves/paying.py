"""Payroll of the new organisation says whether first pay, leave and pension are right after a bulk move."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import ChecksForm
from app.bulk_moves.handed_on_rows import handed_on_rows
from app.bulk_moves.presenting import view_of
from app.bulk_moves.words import member_words, pay_item_words
from app.csv_files import csv_file
from app.display_formats import civil_date
from app.listed_names import known_name, listed_name, unlisted
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.forms import show_refusal
from app.transfers.pay_forms import FirstPayForm
from app.translation import gettext as _
from profiles.bulk_moves import pay_corrections, paying, payroll_details, reading
from profiles.bulk_moves.handed_on import handed_on
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.bulk_moves.pay_file import COLUMNS, read
from profiles.bulk_moves.payroll_dates import payroll_dates
from profiles.bulk_moves.searching import found_by
from profiles.errors import Invalid, NotFound
from profiles.people.service import names_of
from profiles.roles.permissions import Permission, requires
from profiles.transfers.models import PayItem, Side

STATES = (MemberState.PAY_WRONG, MemberState.JOINED)
READ_AT_ONCE = 500
PAYING = frozenset({Side.IMPORTING})
"""The side whose payroll it is."""


@blueprint.get("/bulk-moves/first-pays")
@requires(Permission.CONFIRM_PAY)
def first_pays() -> str:
    """The bulk moves into the organisations that the officer pays for, newest first."""
    session, now = request_session(), request_time()
    found = reading.list_for(session, permissions(), asked_after(), PAGE_SIZE + 1)
    page = page_of(found, lambda one: one.id)
    return render_template(
        "bulk_moves/first_pays.html",
        moves=[view_of(session, one, now) for one in page.rows if paying.may_pay(one, permissions())],
        page=page,
    )


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/first-pays")
@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/first-pays/rest", endpoint="back_to_first_pays")
@requires(Permission.CONFIRM_PAY)
def pays_of_move(bulk_move_id: UUID) -> str:
    """Of whom something is wrong, and of whom nothing was said yet."""
    session, now, move = request_session(), request_time(), for_payroll(bulk_move_id)
    text = request.args.get("q", "")
    wanted = next((one for one in STATES if one.value == request.args.get("state")), None)
    found = reading.members_of(
        session,
        bulk_move_id,
        states=[wanted] if wanted else STATES,
        found_by=found_by(move, PAYING, text, now),
        after=asked_after(),
        limit=PAGE_SIZE + 1,
    )
    page = page_of(found, lambda one: one.id)
    words = {**member_words(), MemberState.JOINED: _("Nothing said yet")}
    counts = reading.counts_of(session, bulk_move_id)
    hidden = unlisted(session, {one.person_id for one in page.rows}, now)
    corrected = pay_corrections.held_among(session, page.rows)
    return render_template(
        "bulk_moves/first_pays_of.html",
        view=view_of(session, move, now),
        rows=[
            {
                "member": one,
                "name": listed_name(session, one.person_id, now),
                "number": "–" if one.person_id in hidden else one.new_number,
                "state": _wrong_in_words(one) or words[one.state],
                "corrected": one.id in corrected,
                "own": is_own(one),
            }
            for one in page.rows
        ],
        page=page,
        text=text,
        counts=[(words[state], f"{counts.get(state, 0):,}") for state in (*STATES, MemberState.PAID)],
        checklist=_checklist(session, move, now),
        is_open=move.state is BulkMoveState.RECONCILING,
        left=counts.get(MemberState.JOINED, 0),
        has_corrections=pay_corrections.has_open(session, move, Side.IMPORTING),
    )


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/first-pays.csv")
@requires(Permission.CONFIRM_PAY)
def pays_csv(bulk_move_id: UUID) -> Response:
    """Of whom something is still to be said, as a file in which payroll says it."""
    return csv_file(("name", *COLUMNS), _csv_rows(for_payroll(bulk_move_id)), "first-pays.csv")


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/first-pays/file")
@requires(Permission.CONFIRM_PAY, fresh=True)
def pay_file(bulk_move_id: UUID) -> str:
    """Ask for the file."""
    return _ask_for_file(for_payroll(bulk_move_id), ChecksForm())


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/first-pays/file")
@requires(Permission.CONFIRM_PAY, fresh=True)
def submit_pay_file(bulk_move_id: UUID) -> AnyResponse | tuple[str, int]:
    """Take what the file says, all of it or nothing."""
    move, form = for_payroll(bulk_move_id), ChecksForm()
    if not form.validate_on_submit():
        return _ask_for_file(move, form), 422
    try:
        number = paying.record_many(
            request_session(),
            request_time(),
            move_id=bulk_move_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            said=read(form.text()),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask_for_file(for_payroll(bulk_move_id), form), 422
    flash(_("It is recorded of so many people: %(num)s", num=f"{number:,}"), "success")
    return _back(bulk_move_id)


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/first-pays/rest")
@requires(Permission.CONFIRM_PAY, fresh=True)
def confirm_rest(bulk_move_id: UUID) -> AnyResponse:
    """All is right of everybody of whom nothing was said."""
    paying.record_rest_right(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("Their first pay, leave and pension are confirmed."), "success")
    return _back(bulk_move_id)


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/first-pays/<uuid:member_id>")
@requires(Permission.CONFIRM_PAY, fresh=True)
def pay_of(bulk_move_id: UUID, member_id: UUID) -> str:
    """Ask whether somebody's first pay, leave and pension are right."""
    return _ask(for_payroll(bulk_move_id), member_id, FirstPayForm())


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/first-pays/<uuid:member_id>")
@requires(Permission.CONFIRM_PAY, fresh=True)
def record_pay(bulk_move_id: UUID, member_id: UUID) -> AnyResponse | tuple[str, int]:
    """Say it of one person; what is wrong is asked about again."""
    move, form = for_payroll(bulk_move_id), FirstPayForm()
    if not form.validate_on_submit():
        return _ask(move, member_id, form), 422
    right = form.right()
    paying.record_pay(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        member_id=member_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        right=right,
    )
    flash(
        _("First pay, leave and pension are right.")
        if all(right.values())
        else _("It is recorded. It stays listed here until everything is right."),
        "success",
    )
    return _back(bulk_move_id)


def _checklist(session: Session, move: BulkMove, now: datetime) -> list[tuple[str, str, str]]:
    """What payroll does for this move, each by when, and how far it is."""
    if move.state not in payroll_details.STATES:
        return []
    dates = payroll_dates(session, move, transfer_timetable(), now)
    has, lacks, unsaid = payroll_details.counts_of(session, move)
    return [
        (
            _("1. What you need to pay them"),
            civil_date(dates.cut_off),
            _("%(unsaid)s left, %(lacks)s with something missing", unsaid=f"{unsaid:,}", lacks=f"{lacks:,}")
            if lacks or unsaid
            else _("Done"),
        ),
        (
            _("2. First pay, leave and pension"),
            civil_date(dates.taken_up_pay if has else dates.first_pay),
            _("On this page") if move.state is BulkMoveState.RECONCILING else _("From the start date on"),
        ),
    ]


def for_payroll(move_id: UUID) -> BulkMove:
    """The move, for payroll of the new organisation. Raises NotFound to everybody else."""
    move = reading.get_for(request_session(), move_id, permissions())
    if not paying.may_pay(move, permissions()):
        raise NotFound(_("There is no such bulk move."))
    return move


def is_own(member: BulkMoveMember) -> bool:
    """Whether a line is the reader's own, of which a colleague says something."""
    return permissions().are_of(member.person_id) or member.person_id == signed_in_person()


def _wrong_in_words(member: BulkMoveMember) -> str:
    words, wrong = pay_item_words(), paying.wrong_of(member)
    if not wrong or member.state is not MemberState.PAY_WRONG:
        return ""
    return _("Wrong: %(what)s", what=", ".join(words[item] for item in wrong))


def _csv_rows(move: BulkMove) -> Iterable[list[str]]:
    """A line for each person, read some at a time; whoever is marked sensitive is in none."""
    session, now, after = request_session(), request_time(), None
    while some := reading.members_of(session, move.id, states=STATES, after=after, limit=READ_AT_ONCE):
        after = some[-1].id
        people = {one.person_id for one in some}
        hidden, names = unlisted(session, people, now), names_of(session, people, now)
        for one in some:
            if one.person_id in hidden or is_own(one):
                continue
            wrong, said = paying.wrong_of(one), one.state is MemberState.PAY_WRONG
            answers = [("no" if item in wrong else "yes") if said else "" for item in PayItem]
            yield [names.get(one.person_id, ""), one.new_number, *answers]


def _ask(move: BulkMove, member_id: UUID, form: FirstPayForm) -> str:
    session, now = request_session(), request_time()
    member = reading.get_member(session, move, member_id)
    wrong = paying.wrong_of(member)
    handed = {} if is_own(member) else handed_on(session, [member], now)
    return render_template(
        "bulk_moves/first_pay_of.html",
        view=view_of(session, move, now),
        member=member,
        name=known_name(session, member.person_id, now),
        form=form,
        wrong=form.labels_of(wrong),
        rows=handed_on_rows(handed[member.id]) if member.id in handed else [],
        is_corrected=bool(pay_corrections.held_among(session, [member])),
        is_open=move.state is BulkMoveState.RECONCILING and member.state in paying.OPEN,
        own=is_own(member),
    )


def _ask_for_file(move: BulkMove, form: ChecksForm) -> str:
    view = view_of(request_session(), move, request_time())
    return render_template("bulk_moves/pay_file.html", view=view, form=form)


def _back(move_id: UUID) -> AnyResponse:
    return redirect(url_for("bulk_moves.pays_of_move", bulk_move_id=move_id), 303)
