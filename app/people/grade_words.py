"""A grade as an organisation says it, and what it stands for."""

from sqlmodel import Session

from app.request_transaction import request_time
from profiles.employments.models import Posting
from profiles.organisations import service as organisations


def grade_in_words(session: Session, posting: Posting) -> str:
    """An organisation's own label and, where it differs, the common grade."""
    grades = organisations.grades_of(session, posting.organisation_id, request_time())
    grade = grades.get(posting.local_grade)
    if grade is None or grade.value == posting.local_grade:
        return posting.local_grade
    return f"{posting.local_grade} ({grade.value})"
