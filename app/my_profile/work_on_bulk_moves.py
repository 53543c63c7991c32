"""What of bulk moves waits for an officer: lists to agree to and confirm, people to leave out, first pays."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, exists, or_
from sqlmodel import Session, col

from app.access import signed_in_person
from app.my_profile.counting_work import Row, apart, count, row
from app.transfers.dates_of_parts import transfer_timetable
from app.translation import gettext as _
from profiles.bulk_moves import paying, payroll_details, restarting
from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveAgreement,
    BulkMoveMember,
    BulkMoveState,
    MemberState,
)
from profiles.bulk_moves.payroll_dates import asked_among
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers.models import Side


def lists_to_agree_to(session: Session, permissions: Permissions) -> int:
    """Lists to which an organisation of the reader's has not agreed, and that others prepared and dated."""
    mine, move, agreement = (
        permissions.organisations(Permission.APPROVE_TRANSFER),
        BulkMove,
        BulkMoveAgreement,
    )
    of_move = col(agreement.bulk_move_id) == col(move.id)
    lacks = or_(
        *(
            and_(place.in_(mine), ~exists().where(of_move, col(agreement.side) == side))
            for side, place in (
                (Side.EXPORTING, col(move.exporting_organisation_id)),
                (Side.IMPORTING, col(move.importing_organisation_id)),
            )
        )
    )
    has_agreed = exists().where(of_move, col(agreement.officer_id).in_(permissions.parties))
    waits = (col(move.state) == BulkMoveState.LIST_DRAFTED, lacks, ~has_agreed)
    about = (move.prepared_by, move.redated_by)
    return count(session, move, and_(*waits, *apart(about, permissions.parties)))


def of_recorded_moves(session: Session, permissions: Permissions, now: datetime) -> Iterator[Row]:
    """Bulk moves to confirm, people to leave out of them, and first pays after them."""
    move, member = BulkMove, BulkMoveMember
    deciding, paid_by = (
        permissions.organisations(one) for one in (Permission.APPROVE_TRANSFER, Permission.CONFIRM_PAY)
    )
    theirs = or_(
        col(move.exporting_organisation_id).in_(deciding), col(move.importing_organisation_id).in_(deciding)
    )
    of_move = col(member.bulk_move_id) == col(move.id)
    is_ready = exists().where(of_move, col(member.state) == MemberState.READY)
    has_reader = exists().where(of_move, col(member.person_id).in_(permissions.parties))
    to_confirm = and_(
        theirs,
        col(move.state) == BulkMoveState.VALIDATED,
        col(move.start_date) > civil_date(now),
        is_ready,
        or_(
            and_(~col(move.by_list), col(move.common_grade).is_(None), col(move.profession) == ""),
            ~has_reader,
        ),
    )
    yield row(_("Bulk moves to confirm"), "bulk_moves.bulk_moves", count(session, move, to_confirm))
    to_leave_out = (
        exists().where(
            of_move, theirs, col(move.state) == BulkMoveState.SCHEDULED, col(move.starts_at) > now
        ),
        col(member.state) == MemberState.SCHEDULED,
        col(member.leaving_out_by).is_not(None),
        *apart((member.leaving_out_by, member.person_id), permissions.parties),
    )
    number = count(session, member, and_(*to_leave_out))
    yield row(_("People to leave out of bulk moves"), "bulk_moves.bulk_moves", number)
    number = restarting.count_waiting(session, signed_in_person(), permissions, now)
    yield row(_("Starts of bulk moves that were another day"), "bulk_moves.bulk_moves", number)
    asked = asked_among(session, paid_by, transfer_timetable(), now)
    to_take_up = (
        col(member.bulk_move_id).in_(asked),
        col(member.state).in_(payroll_details.OPEN),
        payroll_details.WAITS,
        *apart((member.person_id,), permissions.parties),
    )
    number = count(session, member, and_(*to_take_up))
    yield row(_("People of bulk moves whom payroll takes up"), "bulk_moves.first_pays", number)
    to_pay = (
        exists().where(
            of_move,
            col(move.state) == BulkMoveState.RECONCILING,
            col(move.importing_organisation_id).in_(paid_by),
        ),
        col(member.state).in_(paying.OPEN),
        *apart((member.person_id,), permissions.parties),
    )
    number = count(session, member, and_(*to_pay))
    yield row(_("First pays after bulk moves"), "bulk_moves.first_pays", number)
