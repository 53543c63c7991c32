"""The table of a clearance's states, as DOMAIN.md draws it."""

from itertools import pairwise

import pytest

from profiles.clearances import states
from profiles.clearances.models import ClearanceStatus as S
from profiles.errors import InvalidTransition

LIVES = [
    (None, S.REQUESTED, S.BPSS_CONFIRMED, S.IN_VETTING, S.ACTIVE, S.EXPIRED),
    (None, S.REQUESTED, S.BPSS_CONFIRMED, S.IN_VETTING, S.REFUSED),
    (None, S.REQUESTED, S.CANCELLED),
    (None, S.ACTIVE, S.RENEWAL_IN_PROGRESS, S.ACTIVE, S.SUSPENDED, S.ACTIVE, S.WITHDRAWN),
    (None, S.ACTIVE, S.RENEWAL_IN_PROGRESS, S.EXPIRED),
    (None, S.ACTIVE, S.TRANSFER_REQUESTED, S.EXPORTER_RELEASED, S.ACTIVE),
    (None, S.ACTIVE, S.TRANSFER_REQUESTED, S.EXPORTER_REFUSED, S.LAPSED),
    (None, S.ACTIVE, S.TRANSFER_REQUESTED, S.SUSPENDED, S.WITHDRAWN),
    (None, S.ACTIVE, S.LAPSED, S.REINSTATEMENT_REQUESTED, S.ACTIVE),
]


@pytest.mark.parametrize("life", LIVES)
def test_every_life_of_the_domain_can_be_lived(life: tuple[S | None, ...]) -> None:
    for present, following in pairwise(life):
        assert following is not None
        states.check(present, following)


@pytest.mark.parametrize(
    ("present", "following"),
    [
        (None, S.SUSPENDED),
        (S.REQUESTED, S.ACTIVE),
        (S.REFUSED, S.ACTIVE),
        (S.WITHDRAWN, S.ACTIVE),
        (S.EXPIRED, S.ACTIVE),
        (S.LAPSED, S.ACTIVE),
        (S.SUSPENDED, S.TRANSFER_REQUESTED),
    ],
)
def test_what_the_domain_does_not_draw_is_refused(present: S | None, following: S) -> None:
    with pytest.raises(InvalidTransition, match=following.value.replace("_", " ")):
        states.check(present, following)


def test_every_status_has_its_row_and_what_can_be_used_can_be_suspended_at_once() -> None:
    assert set(states.ALLOWED) == {None, *S}
    assert all(S.SUSPENDED in states.ALLOWED[one] for one in states.USABLE)
