"""What may follow what in a loan: one table for each regime (``organisations.move_rules``)."""

from profiles.errors import InvalidTransition
from profiles.loans.models import LoanState as S
from profiles.organisations.move_rules import Regime

_ENDS = frozenset({S.DECLINED, S.WITHDRAWN, S.CANCELLED, S.EXPIRED})
_STOPS = _ENDS | {S.ON_HOLD, S.DRAFT}
_ON_THE_WAY_BACK = frozenset({S.ENDED_EARLY, S.CONVERTING, S.OVERDUE, S.RETURNED})

Table = dict[S, frozenset[S]]

_CIVIL_SERVICE: Table = {
    S.DRAFT: frozenset({S.DRAFT, S.EMPLOYEE_SUBMITTED}) | _ENDS,
    S.EMPLOYEE_SUBMITTED: frozenset({S.HOME_APPROVED}) | _STOPS,
    S.HOME_APPROVED: frozenset({S.HOST_APPROVED}) | _STOPS,
    S.HOST_APPROVED: frozenset({S.AGREEMENT_SIGNED}) | _STOPS,
    S.AGREEMENT_SIGNED: frozenset({S.SCHEDULED}) | _STOPS,
    S.SCHEDULED: frozenset({S.ON_LOAN}) | _STOPS - {S.EXPIRED},
    S.ON_HOLD: frozenset(
        {S.DRAFT, S.EMPLOYEE_SUBMITTED, S.HOME_APPROVED, S.HOST_APPROVED, S.AGREEMENT_SIGNED, S.SCHEDULED}
    )
    | _ENDS,
    S.ON_LOAN: frozenset({S.EXTENSION_PENDING, S.RETURN_DUE}) | _ON_THE_WAY_BACK,
    S.EXTENSION_PENDING: frozenset({S.ON_LOAN, S.RETURN_DUE, S.ENDED_EARLY, S.OVERDUE, S.RETURNED}),
    S.RETURN_DUE: frozenset({S.ON_LOAN, S.EXTENSION_PENDING}) | _ON_THE_WAY_BACK,
    S.CONVERTING: frozenset({S.ON_LOAN, S.CONVERTED, S.ENDED_EARLY}),
    S.ENDED_EARLY: frozenset({S.ENDED_EARLY, S.OVERDUE, S.RETURNED, S.CONVERTED}),
    S.OVERDUE: frozenset({S.RETURNED, S.CONVERTED}),
    S.RETURNED: frozenset(),
    S.CONVERTED: frozenset(),
    S.DECLINED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}
"""A draft may follow whatever comes before the start: what is changed is agreed from the beginning.

A loan that converts may be ended early meanwhile, and the move happen all the same.
"""

_BY_ORDER: Table = _CIVIL_SERVICE | {S.SCHEDULED: _CIVIL_SERVICE[S.SCHEDULED] - {S.WITHDRAWN}}
"""Somebody who is attached by order goes: either service takes the order back."""

_NOT_TO_STAY: Table = {state: following - {S.CONVERTING} for state, following in _CIVIL_SERVICE.items()}
"""Nobody is transferred to a body outside: who stays there leaves the public service."""

TABLES: dict[Regime, Table] = dict.fromkeys(Regime, _CIVIL_SERVICE) | {
    Regime.ARMED_SERVICES: _BY_ORDER,
    Regime.OUTSIDE: _NOT_TO_STAY,
}

ENDED = frozenset(state for state, following in _CIVIL_SERVICE.items() if not following)
BEFORE_SIGNING = frozenset({S.EMPLOYEE_SUBMITTED, S.HOME_APPROVED, S.HOST_APPROVED})
BEFORE_START = BEFORE_SIGNING | {S.DRAFT, S.AGREEMENT_SIGNED, S.SCHEDULED, S.ON_HOLD}
AGREED = frozenset({S.AGREEMENT_SIGNED, S.SCHEDULED})
AT_HOST = frozenset({S.ON_LOAN, S.EXTENSION_PENDING, S.RETURN_DUE, S.CONVERTING, S.ENDED_EARLY})
"""Where the person works at the host, until the loan's end at the latest; it can come sooner still."""


def allows(regime: Regime, present: S, following: S) -> bool:
    """Whether the table of this regime allows the step."""
    return following in TABLES[regime][present]


def check(regime: Regime, present: S, following: S) -> None:
    """Raise InvalidTransition unless the table of this regime allows the step."""
    if not allows(regime, present, following):
        raise InvalidTransition(
            f"This loan is {present.value.replace('_', ' ')}, so it cannot become "
            f"{following.value.replace('_', ' ')}."
        )
