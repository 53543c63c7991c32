"""Salaries outside their scale: said before they are recorded, and never refused.

Departments pay outside their scales for good reasons; a slip of the pen looks the same until somebody looks.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from profiles.employments.models import Posting, PostingKind
from profiles.pay.models import PayReason, PayRecord, PayScale
from profiles.pay.scales import find_scale
from profiles.temporal import current

Ends = tuple[int | None, int | None]
"""Of a scale, in pence; None where it is open, or not said."""


class Doubt(StrEnum):
    """What somebody should look at before a salary is recorded."""

    BELOW = "below_scale"
    ABOVE = "above_scale"
    ANOTHER = "another_scale"
    """The record names other ends than the organisation's scale."""


def doubts_about(
    salary_pence: int, reason: PayReason, own: Ends, scale: tuple[int, int] | None
) -> list[Doubt]:
    """What is to be doubted of a salary by the ends that its record names and those of the scale.

    Where the record names none the scale counts. Mark time holds a salary above its scale.
    """
    found = []
    if scale is not None and any(said not in (None, end) for said, end in zip(own, scale, strict=True)):
        found.append(Doubt.ANOTHER)
    lowest, highest = own if own != (None, None) or scale is None else scale
    if lowest is not None and salary_pence < lowest:
        found.append(Doubt.BELOW)
    if highest is not None and salary_pence > highest and reason != PayReason.MARK_TIME:
        found.append(Doubt.ABOVE)
    return found


def doubts_of(pay: PayRecord, scale: PayScale | None) -> list[Doubt]:
    """The same of a pay record."""
    ends = (scale.minimum_pence, scale.maximum_pence) if scale is not None else None
    own = pay.scale_minimum_pence, pay.scale_maximum_pence
    return doubts_about(pay.salary_pence, pay.pay_reason, own, ends)


def scale_of_record(
    session: Session, pay: PayRecord, now: datetime, *, local_grade: str | None = None
) -> PayScale | None:
    """The organisation's scale for a pay record: of the grade on its first day, at its pay location."""
    grade = local_grade or _grade_on(session, pay.employment_id, pay.organisation_id, pay.valid_from, now)
    if grade is None:
        return None
    return find_scale(session, pay.organisation_id, grade, pay.location, pay.valid_from, now)


def _grade_on(
    session: Session, employment_id: UUID, organisation_id: UUID, at: datetime, known_at: datetime
) -> str | None:
    """The organisation's own grade of whoever has this employment; what they do on loan does not count."""
    posts: Sequence[Posting] = current(session, Posting, at, known_at, employment_id=employment_id)
    home = (one for one in posts if one.kind is PostingKind.HOME and one.organisation_id == organisation_id)
    return next((one.local_grade for one in home), None)


def take_scale(session: Session, pay: PayRecord, now: datetime, *, local_grade: str | None = None) -> None:
    """Let a new record that names no scale have the organisation's; of this grade where it is to come."""
    if pay.scale or (pay.scale_minimum_pence, pay.scale_maximum_pence) != (None, None):
        return
    scale = scale_of_record(session, pay, now, local_grade=local_grade)
    if scale is not None:
        pay.scale = scale.name
        pay.scale_minimum_pence, pay.scale_maximum_pence = scale.minimum_pence, scale.maximum_pence
