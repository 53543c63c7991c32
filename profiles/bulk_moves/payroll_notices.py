"""The mails of a bulk move about what payroll of the new organisation needs before the first pay."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.notice_words import DETAILS_MISSING
from profiles.bulk_moves.notices import mail_all, mail_many, words_of
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may


def people_come(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell payroll that a move is recorded, and where it reads what is handed on."""
    officers = who_may(session, Permission.CONFIRM_PAY, move.importing_organisation_id, now)
    text = (
        "People move from {exporting} to {importing} on {day}, and {importing} pays them from then on.\n\nTo "
        "see what is handed on of each, by when you need the rest, and to say of whom something is missing, "
        "sign in to Lanyard and open First pays."
    )
    mail_all(session, officers, "People come by a bulk move", text, words_of(session, move, now), now)


def details_missing(session: Session, move: BulkMove, person_id: UUID, now: datetime) -> None:
    """Tell somebody that payroll lacks something of theirs; what it is, is said nowhere here."""
    mail_many(session, move, [person_id], *DETAILS_MISSING, now)
