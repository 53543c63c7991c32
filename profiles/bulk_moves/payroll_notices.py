"""The mails of a bulk move about what payroll of the new organisation needs before the first pay."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.bulk_moves.notice_words import DETAILS_MISSING
from profiles.bulk_moves.notices import mail_all, mail_many, words_of
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may


def people_come(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell payroll that a move is recorded, and where it reads what is handed on."""
    text = (
        "People move from {exporting} to {importing} on {day}, and {importing} pays them from then on.\n\nTo "
        "see what is handed on of each, by when you need the rest, and to say of whom something is missing, "
        "sign in to Lanyard and open First pays."
    )
    _tell(session, move, "People come by a bulk move", text, now)


def nobody_comes(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell payroll that a move that was recorded does not happen."""
    text = (
        "Nobody moves from {exporting} to {importing} on {day}: the bulk move that was recorded does not "
        "happen, and {importing} pays nobody because of it.\n\nTake out of your payroll system whom you have "
        "taken up for it."
    )
    _tell(session, move, "A bulk move does not happen", text, now)


def come_another_day(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell payroll that a move that was recorded is to have another start date."""
    text = (
        "Nobody moves from {exporting} to {importing} on {day}: the departments agree on another start date, "
        "{new_day}. You get a mail when the move is recorded for it, and say again of each whether you have "
        "what you need.\n\nUntil then take nobody up for {day} in your payroll system."
    )
    _tell(session, move, "The day of a bulk move changes", text, now)


def some_stay(session: Session, move: BulkMove, member_ids: Collection[UUID], now: datetime) -> bool:
    """Tell payroll, before they are set apart, where it has said something of these; whether it has."""
    said = select(BulkMoveMember.id).where(
        col(BulkMoveMember.id).in_(member_ids), col(BulkMoveMember.details_at).is_not(None)
    )
    if session.exec(said.limit(1)).first() is None:
        return False
    text = (
        "Somebody of whom you had said whether you have what you need to pay them does not move from "
        "{exporting} to {importing} on {day} with the others.\n\nTo see who comes, sign in to Lanyard and "
        "open First pays, and take out of your payroll system whoever is not there any more."
    )
    _tell(session, move, "Somebody does not come by a bulk move", text, now)
    return True


def details_missing(session: Session, move: BulkMove, person_id: UUID, now: datetime) -> None:
    """Tell somebody that payroll lacks something of theirs; what it is, is said nowhere here."""
    mail_many(session, move, [person_id], *DETAILS_MISSING, now)


def _tell(session: Session, move: BulkMove, subject: str, text: str, now: datetime) -> None:
    officers = who_may(session, Permission.CONFIRM_PAY, move.importing_organisation_id, now)
    mail_all(session, officers, subject, text, words_of(session, move, now), now)
