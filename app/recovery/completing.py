"""The moment in which a recovery is used: the old ways in go, every session ends, and the apps hear."""

from uuid import UUID

from sqlmodel import Session

from app.access_changes import sign_out_everywhere
from app.request_transaction import request_time
from identity.recovery import codes, notices, old_credentials
from identity.recovery.codes import CodePair
from profiles.audit.service import Initiator
from profiles.transfers.codes import end_open as end_transfer_codes
from profiles.transfers.invited import end_accepted


def complete(session: Session, pair: CodePair, person_id: UUID) -> bool:
    """Spend the codes and take away everything old; False when they are worth nothing any more.

    The caller adds the new way in, in the same transaction.
    """
    now = request_time()
    recovery = codes.spend(session, pair, now)
    if recovery is None or recovery.person_id != person_id:
        return False
    by = Initiator.person(person_id)
    sign_out_everywhere(session, person_id, now, old_credentials.REASON, by)
    old_credentials.remove(session, person_id, now, by)
    # Who signed in meanwhile, by what is gone now, may have added something in that moment.
    while sign_out_everywhere(session, person_id, now, old_credentials.REASON, by):
        old_credentials.remove(session, person_id, now, by)
    end_transfer_codes(session, person_id, now)
    end_accepted(session, person_id, now)
    notices.completed(session, recovery, now)
    return True
