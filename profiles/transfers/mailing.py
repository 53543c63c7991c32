"""One mail about a transfer, in the words that every mail of it may use: names, never a reason."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.entitlements.explanation import with_article
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_read_now, display_name, name_of
from profiles.temporal import civil_date
from profiles.transfers.models import Side, Transfer
from profiles.transfers.policy import organisation_of


def words_of(session: Session, transfer: Transfer, now: datetime) -> dict[str, str]:
    """Who moves, from where and to where."""
    return {
        "name": display_name(name_of(session, transfer.person_id, now)),
        "exporting": _name(session, transfer, Side.EXPORTING, now),
        "importing": _name(session, transfer, Side.IMPORTING, now),
    }


def mail(
    session: Session, person_id: UUID, subject: str, text: str, words: dict[str, str], now: datetime
) -> None:
    """Write to the person's newest address; who has none, between two posts, may read it around that day."""
    said = text.format(**words)
    body = f"{said[:1].upper()}{said[1:]}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    for address in addresses_read_now(session, person_id, now):
        send_mail(session, address, subject, body, now=now, person_id=person_id)


def _name(session: Session, transfer: Transfer, side: Side, now: datetime) -> str:
    """The organisation's name; one that was closed meanwhile is called as when the transfer was prepared."""
    organisation_id = organisation_of(transfer, side)
    try:
        return with_article(organisations.get(session, organisation_id, now).name)
    except NotFound:
        return with_article(organisations.get(session, organisation_id, transfer.created_at).name)
