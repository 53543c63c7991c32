"""Whoever stands in for an officer decides nothing about that officer's account."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from identity.recovery import policy
from identity.recovery.models import Recovery, RecoveryState
from profiles.errors import NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions

ORGANISATION, OFFICER, DEPUTY = uuid4(), uuid4(), uuid4()
NEEDED = (Permission.REQUEST_RECOVERY, Permission.CONFIRM_RECOVERY)
OF_DEPUTY = Permissions(
    dict.fromkeys(NEEDED, frozenset({ORGANISATION})), parties=frozenset({OFFICER, DEPUTY})
)


def recovery_of(person_id: UUID) -> Recovery:
    return Recovery(
        person_id=person_id,
        organisation_id=ORGANISATION,
        requested_by=uuid4(),
        requested_at=datetime(2026, 3, 2, tzinfo=UTC),
        state=RecoveryState.WAITING,
    )


@pytest.mark.parametrize(
    "check",
    [
        lambda whose: policy.check_may_request(whose, DEPUTY, ORGANISATION, OF_DEPUTY),
        lambda whose: policy.check_may_decide(recovery_of(whose), DEPUTY, OF_DEPUTY),
        lambda whose: policy.check_may_confirm(recovery_of(whose), DEPUTY, OF_DEPUTY),
    ],
    ids=["request", "decide", "confirm"],
)
def test_not_about_the_account_of_whom_they_stand_in_for(check: Callable[[UUID], None]) -> None:
    check(uuid4())
    with pytest.raises(NotPermitted):
        check(OFFICER)
