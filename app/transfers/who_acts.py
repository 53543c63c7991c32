"""Who is to act in a transfer, what they do and by when, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.display_formats import civil_date
from app.transfers.presenting import TransferView, doer_words, task_titles
from app.translation import gettext as _
from profiles.temporal import civil_date as day_of
from profiles.transfers.models import TaskKind
from profiles.transfers.waiting import Act, Waiting


def waiting_rows(
    found: Sequence[Waiting], views: Sequence[TransferView], now: datetime
) -> list[dict[str, object]]:
    """A row for each thing that waits: whose move it is, what is done, by whom and by when."""
    return [
        {
            "transfer_id": one.transfer.id,
            "name": view.name,
            "what": what_words(one),
            "who": doer_words(one.doer, one.side, view),
            "due": civil_date(one.due_on) if one.due_on else "–",
            "late": one.due_on is not None and one.due_on < day_of(now),
        }
        for one, view in zip(found, views, strict=True)
    ]


def what_words(one: Waiting) -> str:
    """What is done, said to anybody."""
    if isinstance(one.act, TaskKind):
        return task_titles(one.transfer.regime)[one.act]
    return _acts()[one.act]


def _acts() -> Mapping[Act, str]:
    return {
        Act.NAME_MANAGER: _("Say who the line manager is"),
        Act.ANSWER_CORRECTION: _("Answer what the employee says is wrong"),
        Act.APPROVE: _("Approve or refuse"),
        Act.CHANGE_DATES: _("The start date has passed: change the dates"),
        Act.REVIEW_HOLD: _("On hold: look at it again"),
        Act.AGREE_START: _("Say whether the start was another day"),
        Act.UNBLOCK: _("Blocked: settle what stands in the way"),
        Act.DECIDE_SECURITY: _("Blocked: decide on the clearance or the account"),
    }
