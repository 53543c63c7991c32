"""The list of bulk moves, and the page of one: what happens, how far it is, and what can be done next."""

from datetime import datetime
from uuid import UUID, uuid5

from flask import Response, current_app, make_response, render_template, url_for

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.lateness import not_taken_back, not_taken_back_within
from app.bulk_moves.payroll_standing import payroll_rows
from app.bulk_moves.presenting import (
    BulkMoveView,
    agreement_rows,
    count_rows,
    history_rows,
    may_name,
    not_read_yet,
    officers_view,
    reason_rows,
    role_rows,
    summary_rows,
    to_be_left_out,
    view_of,
)
from app.bulk_moves.reversing import way_back
from app.bulk_moves.told_apps import is_turned
from app.bulk_moves.words import how_words, remaining_words
from app.paging import PAGE_SIZE, asked_after, page_behind, page_of
from app.reloading import reload_after
from app.request_transaction import request_session, request_time
from app.transfers.choices import Choice
from app.translation import gettext as _
from profiles.bulk_moves import (
    agreeing,
    closing,
    expiring,
    policy,
    reading,
    redating,
    states,
    taking_back,
)
from profiles.bulk_moves.grades import mapping_of
from profiles.bulk_moves.models import BulkMoveState, MemberState, Reason
from profiles.entitlements.explanation import with_article
from profiles.errors import ProfileError
from profiles.roles.permissions import Permission, requires
from profiles.transfers.models import Side

SECONDS_BETWEEN_LOOKS = 5


@blueprint.get("/bulk-moves")
@requires(Permission.SEE_TRANSFERS)
def bulk_moves() -> str:
    """Bulk moves out of and into the organisations that the officer acts for, newest first."""
    session, now = request_session(), request_time()
    found = reading.list_for(session, permissions(), asked_after(), PAGE_SIZE + 1)
    page = page_of(found, lambda one: one.id)
    return render_template(
        "bulk_moves/bulk_moves.html",
        moves=[view_of(session, one, now) for one in page.rows],
        page=page,
        may_draft=permissions().anywhere(Permission.PREPARE_TRANSFER),
    )


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>")
@requires(Permission.SEE_TRANSFERS)
def bulk_move(bulk_move_id: UUID) -> Response:
    """A bulk move for HR of its two organisations; to everybody else there is none."""
    view, sides = officers_view(bulk_move_id)
    counts = count_rows(view, sides)
    done, total = reading.progress_of(request_session(), view.move)
    back = way_back(view)
    answer = make_response(
        render_template(
            "bulk_moves/bulk_move.html",
            view=view,
            summary=summary_rows(view) + payroll_rows(view, sides),
            counts=counts,
            reasons=reason_rows(view, sides),
            not_read=not_read_yet(view, sides),
            is_recorded=view.move.state in states.RECORDED,
            turned=is_turned(view),
            left_out=to_be_left_out(view),
            ends_at=_ends_at(view),
            not_taken_back=not_taken_back(view),
            done=done,
            total=total,
            choices=_choices(view) + back.choices,
            reversals=back.reversals,
            reverses=_reverses(view),
            may_look_again=_may_look_again(view),
            lack_a_way_in=_lack_a_way_in(view, sides),
            agreements=agreement_rows(view),
            history=history_rows(view),
            remaining=_remaining(view),
            told_href=url_for("bulk_moves.told_apps", bulk_move_id=bulk_move_id) if is_turned(view) else None,
        )
    )
    if view.is_under_way:
        reload_after(answer, SECONDS_BETWEEN_LOOKS)
    return answer


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/grades")
@requires(Permission.SEE_TRANSFERS)
def grades(bulk_move_id: UUID) -> str:
    """What becomes of each grade."""
    view, sides = officers_view(bulk_move_id)
    not_read = not_read_yet(view, sides)
    found = frozenset() if not_read else mapping_of(request_session(), view.move, request_time()).all
    words = how_words()
    rows = [
        (one.label, one.common_grade.value if one.common_grade else "–", one.new_label, words[one.how])
        for one in sorted(found, key=lambda one: (one.label, one.new_label))
    ]
    page = page_behind(rows, lambda row: uuid5(view.move.id, f"{row[0]} {row[2]}"))
    return render_template("bulk_moves/grades.html", view=view, rows=page.rows, page=page, not_read=not_read)


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/roles")
@requires(Permission.SEE_TRANSFERS)
def roles(bulk_move_id: UUID) -> str:
    """Who held which role at the old organisation, and whether the new one has given it."""
    view, sides = officers_view(bulk_move_id)
    rows = role_rows(view) if may_name(view, sides) else []
    return render_template("bulk_moves/roles.html", view=view, rows=rows)


def _choices(view: BulkMoveView) -> list[Choice]:
    """What an officer can do next; or why not."""
    move, session = view.move, request_session()
    made: list[Choice] = []
    deciding = sorted(policy.sides_deciding(move, permissions()))
    if move.state is BulkMoveState.LIST_DRAFTED:
        for side in deciding:
            name = with_article(view.organisation_of(side))
            try:
                agreeing.check_may_agree(
                    session, move, side, signed_in_person(), permissions(), request_time()
                )
            except ProfileError as refused:
                made.append(Choice(_(refused.message)))
                continue
            href = url_for("bulk_moves.agree", side=side.value, bulk_move_id=move.id)
            made.append(Choice(_("Agree for %(organisation)s", organisation=name), href))
    if not deciding:
        return made
    if move.state is BulkMoveState.VALIDATED and not reading.counts_of(session, move.id).get(
        MemberState.READY
    ):
        made.append(Choice(_("Nobody on the list is ready to move. Look again when somebody may be.")))
    elif move.state is BulkMoveState.VALIDATED:
        made.append(Choice(_("Confirm the move"), url_for("bulk_moves.confirm", bulk_move_id=move.id)))
    try:
        taking_back.check_in_time(session, move, request_time(), not_taken_back_within())
    except ProfileError as refused:
        return [*made, Choice(_(refused.message))]
    if redating.may_be_redated(move, request_time()):
        href = url_for("bulk_moves.start_date", bulk_move_id=move.id)
        made.append(Choice(_("Change the start date"), href, "secondary"))
    if move.state is BulkMoveState.LIST_DRAFTED:
        href = url_for("bulk_moves.refuse", side=deciding[0].value, bulk_move_id=move.id)
        made.append(Choice(_("Refuse it"), href, "warning"))
    elif move.state in states.BEFORE_THE_DAY and agreeing.may_be_cancelled(move, request_time()):
        made.append(
            Choice(_("Cancel the move"), url_for("bulk_moves.cancel", bulk_move_id=move.id), "warning")
        )
    return made


def _reverses(view: BulkMoveView) -> str | None:
    """The address of the move that this one takes back."""
    first = view.move.reverses_id
    return url_for("bulk_moves.bulk_move", bulk_move_id=first) if first else None


def _ends_at(view: BulkMoveView) -> datetime | None:
    """When it ends by itself unless somebody confirms it, or gives a draft of the past another day."""
    if view.move.state is BulkMoveState.LIST_DRAFTED and view.move.starts_at > request_time():
        return None
    return expiring.expires_at(request_session(), view.move, current_app.config["BULK_MOVE_CONFIRM_WITHIN"])


def _remaining(view: BulkMoveView) -> list[str]:
    """What the old organisation goes on for, where it is to end and the day has come."""
    if not view.move.ends_exporter or view.move.exporter_ended_at is not None or not is_turned(view):
        return []
    words = remaining_words()
    return [
        words[one]
        for one in closing.remaining(request_session(), view.move.exporting_organisation_id, request_time())
    ]


def _may_look_again(view: BulkMoveView) -> bool:
    waits = view.move.state in (BulkMoveState.VALIDATED, BulkMoveState.SCHEDULED)
    before = view.move.starts_at > request_time()
    apart = reading.counts_of(request_session(), view.move.id).get(MemberState.SET_APART)
    return bool(waits and before and apart and policy.sides_deciding(view.move, permissions()))


def _lack_a_way_in(view: BulkMoveView, sides: frozenset[Side]) -> int:
    """How many HR of the old department can write to."""
    if Side.EXPORTING not in sides or view.move.state not in states.BEFORE_THE_DAY:
        return 0
    return reading.reasons_of(request_session(), view.move.id).get(Reason.SIGN_IN, 0)
