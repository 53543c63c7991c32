"""The mails about the day on which somebody of a bulk move began in truth; HR's name nobody."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.notices import mail_all, words_of


def asked(session: Session, move: BulkMove, person_ids: Collection[UUID], now: datetime) -> None:
    """Tell those who may agree to it."""
    text = (
        "Of somebody who moved from {exporting} to {importing} on {day} it is said that they began on "
        "another day.\n\nTo see whom and which, and to agree or not, sign in to Lanyard and open Bulk moves."
    )
    subject = "Somebody may have begun on another day"
    mail_all(session, person_ids, subject, text, words_of(session, move, now), now)


def answered(
    session: Session,
    move: BulkMove,
    person_id: UUID,
    start_date: date,
    asked_by: UUID,
    now: datetime,
    *,
    agreed: bool,
) -> None:
    """Tell who said so and, where the record follows, the person."""
    words = words_of(session, move, now) | {"began": f"{start_date:%-d %B %Y}"}
    said = "is recorded" if agreed else "is not recorded: the day stays as it was"
    text = (
        "What you said of the day on which somebody began, who moved from {exporting} to {importing} on "
        f"{{day}}, {said}.\n\nTo see of whom, sign in to Lanyard and open Bulk moves."
    )
    mail_all(session, [asked_by], "The day on which somebody began is answered", text, words, now)
    if agreed:
        text = (
            "{name}, your record says now that you moved from {exporting} to {importing} on {began}. Payroll "
            "of both puts right what was paid.\n\nIf that is wrong, tell your HR team in {importing}."
        )
        mail_all(session, [person_id], "The day of your move is corrected", text, words, now)


def taken_back(
    session: Session, move: BulkMove, asked: Collection[UUID], asked_by: UUID, now: datetime, *, but: UUID
) -> None:
    """Tell those who were asked, and who said so where a colleague took it back."""
    text = (
        "What was said of the day on which somebody began, who moved from {exporting} to {importing} on "
        "{day}, was taken back: the day stays as it was, and nothing waits for an answer any more.\n\n"
        "To see the move, sign in to Lanyard and open Bulk moves."
    )
    subject = "Somebody began on the day that is recorded"
    mail_all(session, {*asked, asked_by} - {but}, subject, text, words_of(session, move, now), now)
