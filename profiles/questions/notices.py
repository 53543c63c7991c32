"""The mails about questions. They say a name and an app, never what was asked or answered."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of, display_name, name_of
from profiles.questions.models import Question
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date


def asked(session: Session, question: Question, app_name: str, now: datetime) -> None:
    """Tell the data protection officers that somebody asks, and until when an answer is in time."""
    _tell_officers(session, question, "A question about what an app was told", app_name, now)


def due_soon(session: Session, question: Question, app_name: str, now: datetime) -> None:
    """Remind them."""
    _tell_officers(session, question, "A question still waits for your answer", app_name, now)


def answered(session: Session, question: Question, app_name: str, now: datetime) -> None:
    """Tell the person that there is an answer."""
    text = (
        f"Your question about what {app_name} was told about you is answered.\n\nTo read the answer, sign in "
        "to Lanyard and open “Who has seen your data”."
    )
    _mail(session, question.person_id, "Your question is answered", text, now)


def _tell_officers(session: Session, question: Question, subject: str, app_name: str, now: datetime) -> None:
    name = display_name(name_of(session, question.person_id, now))
    text = (
        f"{name} asks about what {app_name} was told about them. Answer by "
        f"{question.answer_by:%-d %B %Y}.\n\nTo read the question, sign in to Lanyard and open Data "
        "protection."
    )
    for officer_id in who_may(session, Permission.ANSWER_QUESTIONS, question.organisation_id, now):
        if officer_id != question.person_id:
            _mail(session, officer_id, subject, text, now)


def _mail(session: Session, person_id: UUID, subject: str, text: str, now: datetime) -> None:
    """Write to the person's newest address; whoever has none finds the same on their pages."""
    addresses = addresses_of(session, person_id, now)
    if addresses:
        body = f"{text}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
