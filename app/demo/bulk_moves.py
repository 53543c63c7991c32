"""A bulk move in the demonstration: HMRC have agreed to it, and it waits for the Home Office.

Two of its people have no way to sign in that stays theirs, so that they are set apart. The others have a
passkey on record, as everybody has who can move; it is invented as they are, and opens nothing.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.demo.accounts import ACCOUNTS
from app.demo.officers import officer
from app.demo.people import find_person
from identity.sign_in.models import Passkey
from profiles.bulk_moves import agreeing, drafting
from profiles.bulk_moves.models import BulkMove
from profiles.employments.models import Employment
from profiles.temporal import as_of, civil_date
from profiles.transfers.models import Side

PEOPLE = 12
SET_APART = 2
BEGINS_IN = timedelta(days=60)


def load_bulk_move(session: Session, now: datetime, organisations: Mapping[str, UUID]) -> int:
    """Draft that some invented people of HMRC go to the Home Office; return how many moves were made."""
    if session.exec(select(BulkMove.id).limit(1)).first() is not None:
        return 0
    in_accounts = [found for one in ACCOUNTS if (found := find_person(session, one)) is not None]
    query = select(Employment.number, Employment.person_id).where(
        as_of(Employment, now, now),
        col(Employment.organisation_id) == organisations["HMRC"],
        col(Employment.person_id).not_in(in_accounts),
    )
    listed = session.exec(query.order_by(col(Employment.number)).limit(PEOPLE)).all()
    wish = drafting.Draft(
        exporting_organisation_id=organisations["HMRC"],
        importing_organisation_id=organisations["HO"],
        start_date=civil_date(now + BEGINS_IN),
        numbers=[number for number, _ in listed],
    )
    session.add_all(invented_passkey(person_id, now) for _, person_id in listed[SET_APART:])
    move = drafting.draft(**officer(session, now, "Gethin Rees"), wish=wish)
    agreeing.agree(**officer(session, now, "Harriet Khan"), move_id=move.id, side=Side.EXPORTING)
    return 1


def invented_passkey(person_id: UUID, now: datetime) -> Passkey:
    """A passkey on record that opens nothing."""
    return Passkey(
        person_id=person_id,
        credential_id=secrets.token_urlsafe(),
        public_key=b"",
        sign_count=0,
        transports=[],
        aaguid="",
        backup_eligible=False,
        backed_up=False,
        name="Phone",
        created_at=now,
    )
