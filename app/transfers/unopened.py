"""The apps of a department that a move or loan to it does not open by itself: a role there is asked for."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from app.transfers.presenting import PreviewItem, TransferView
from profiles.entitlements.facts import AppRules
from profiles.entitlements.preview import Change
from profiles.entitlements.service import all_rules
from profiles.organisations import service as organisations
from profiles.transfers.models import Side


def unopened(
    session: Session,
    items: Iterable[PreviewItem],
    organisation_ids: Collection[UUID],
    at: datetime,
    now: datetime,
) -> list[AppRules]:
    """Those of these organisations, by name, that do not open at ``at``, and may let somebody in."""
    opened = {one.app_id for one in items if one.change is not Change.ENDS}
    return [
        rules
        for rules in all_rules(session, now)
        if rules.organisation_id in organisation_ids
        and rules.app_id not in opened
        and rules.roles
        and rules.find_agreement(at) is not None
    ]


def unopened_names(
    session: Session, view: TransferView, side: Side, items: Iterable[PreviewItem], now: datetime
) -> list[str]:
    """What HR of the new department read of it while the move is on its way; the old one reads nothing."""
    transfer = view.transfer
    if side is not Side.IMPORTING or not transfer.in_flight:
        return []
    theirs = organisations.tree(session, now).subtree_of(transfer.importing_organisation_id)
    return [one.app_name for one in unopened(session, items, theirs, max(now, transfer.join_at), now)]


def asked_for_at(app_id: UUID, first_day: date, last_day: date | None = None) -> str:
    """Where the person asks for a role of an app from that day on, until the other at the latest."""
    last = last_day.isoformat() if last_day else None
    return url_for("my_profile.ask_for_role", app_id=app_id, first=first_day.isoformat(), last=last)
