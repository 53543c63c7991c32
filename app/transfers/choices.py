"""What an officer can do with a transfer beside approving it: hold it, let it go on, end it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from app.transfers.presenting import TransferView
from app.transfers.regime_words import recording_screening
from app.translation import gettext as _
from profiles.entitlements.explanation import with_article
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers import employees_part, gates, interruptions, managers, not_joining, states, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState


@dataclass(frozen=True)
class Choice:
    """Something that the reader can do now (``href``), or in words why not, or who is to act."""

    text: str
    href: str | None = None
    style: str = ""


def stopping_choices(
    session: Session, view: TransferView, decides: Collection[Side], allowed: Permissions, now: datetime
) -> list[Choice]:
    """What officers who decide for these sides may do now, the ways to go on first and the ways out last."""
    transfer, made = view.transfer, []
    stopped = interruptions.find_open(session, transfer.id)
    has_left = stopped is not None and stopped.resumes_to is TransferState.LEFT
    waiting = transfer.state is TransferState.IN_PROGRESS
    coming = transfer.state is TransferState.SCHEDULED and transfer.leave_at > now
    if stopped is not None and _may_resume(stopped.side, stopped.gates, decides):
        made.append(Choice(_("Let it go on"), url_for("transfers.resume", transfer_id=transfer.id)))
    if waiting or coming:
        if allowed.allows(Permission.PREPARE_TRANSFER, transfer.importing_organisation_id):
            href = url_for("transfers.dates", transfer_id=transfer.id)
            made.append(Choice(_("Change the dates"), href, "secondary"))
        for side in decides:
            href = url_for("transfers.hold", transfer_id=transfer.id, side=side.value)
            whose = with_article(view.organisation_of(side))
            made.append(Choice(_("Put on hold for %(organisation)s", organisation=whose), href, "secondary"))
    if waiting or coming or (stopped is not None and not has_left):
        for side in decides:
            href = url_for("transfers.refuse", transfer_id=transfer.id, side=side.value)
            made.append(Choice(_refusal(view, side), href, "warning"))
        if Side.EXPORTING in decides:
            href = url_for("transfers.cancel", transfer_id=transfer.id)
            made.append(Choice(_("Cancel: they leave another way"), href, "warning"))
    return made + _not_joining(session, view, decides, now)


def _not_joining(
    session: Session, view: TransferView, decides: Collection[Side], now: datetime
) -> list[Choice]:
    """Of who has left and not joined yet; of one who has died by mistake, taking that back."""
    transfer = view.transfer
    if not_joining.is_on_the_way(session, transfer, now):
        words = {
            Side.IMPORTING: _("They do not join %(organisation)s", organisation=with_article(view.importing)),
            Side.EXPORTING: _("They have died"),
        }
        return [
            Choice(
                words[side],
                url_for("transfers.not_joining", transfer_id=transfer.id, side=side.value),
                "warning",
            )
            for side in decides
        ]
    death = not_joining.find_death(session, transfer, now)
    if death is None or death.reason_for not in decides:
        return []
    href = url_for("transfers.not_died", transfer_id=transfer.id)
    return [Choice(_("They have not died: take it back"), href, "secondary")]


def asking_choices(session: Session, transfer: Transfer, side: Side, now: datetime) -> list[Choice]:
    """What HR of a department do so that others can do their part, and the check that is theirs."""
    if transfer.state not in {*managers.STILL_TO_JOIN, *states.INTERRUPTED}:
        return []
    made = _before_approval(session, transfer, side) if transfer.state is TransferState.IN_PROGRESS else []
    task = tasks.get(session, transfer, managers.TASK_OF[side])
    if managers.may_be_named(transfer, task, now):
        href = url_for("transfers.name_manager", transfer_id=transfer.id, side=side.value)
        made.append(Choice(_naming(side, task.owner_id), href, "secondary" if task.owner_id else ""))
    return made


def _before_approval(session: Session, transfer: Transfer, side: Side) -> list[Choice]:
    made = []
    if side is Side.EXPORTING and employees_part.find_open(session, transfer.id) is not None:
        href = url_for("transfers.correction", transfer_id=transfer.id)
        made.append(Choice(_("Answer what the employee says is wrong"), href))
    if side is Side.IMPORTING and tasks.get(session, transfer, TaskKind.BPSS).done_at is None:
        href = url_for("transfers.bpss", transfer_id=transfer.id)
        made.append(Choice(recording_screening(transfer.regime), href))
    return made


def _naming(side: Side, owner_id: UUID | None) -> str:
    if side is Side.EXPORTING:
        return _("Ask another line manager") if owner_id else _("Say who the line manager is")
    return _("Name another new line manager") if owner_id else _("Say who the new line manager is")


def _may_resume(side: Side | None, kept: str, decides: Collection[Side]) -> bool:
    if side is not None:
        return side in decides
    by_hand = gates.SETTLED_BY_HAND & set(gates.unpacked(kept))
    return any(gates.MENDED_BY[gate] in decides for gate in by_hand)


def _refusal(view: TransferView, side: Side) -> str:
    if side is Side.EXPORTING:
        return _("Object for %(organisation)s", organisation=with_article(view.exporting))
    return _("Decline for %(organisation)s", organisation=with_article(view.importing))
