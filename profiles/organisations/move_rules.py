"""Which rules a move between two organisations follows: they belong to the organisations' kinds.

What differs between services is said in ``RULES``, and which steps a move may take in the ``TABLES``
of ``profiles.transfers.states``, ``profiles.loans.states`` and ``profiles.bulk_moves.states``. Those of
the Civil Service are from DOMAIN.md. The others could not be verified with the services themselves [U]:
they are on the safe side, and a service that knows better changes them here
(docs/guides/police-and-armed-services.md).
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from profiles.errors import NotFound
from profiles.organisations.models import Organisation
from profiles.organisations.models import OrganisationKind as Kind


class Regime(StrEnum):
    """The rules that a move keeps from its first day to its last."""

    CIVIL_SERVICE = "civil_service"
    POLICE = "police"
    """From one force to another."""
    ARMED_SERVICES = "armed_services"
    """From one armed service to another, by order."""
    JOINING_CIVIL_SERVICE = "joining_civil_service"
    JOINING_POLICE = "joining_police"
    JOINING_ARMED_SERVICES = "joining_armed_services"
    """From another service, or from outside: a new appointment."""
    OUTSIDE = "outside"
    """To a body outside the public service, which nobody is transferred to."""


class Screening(StrEnum):
    """What the receiving organisation looks into before anybody starts there."""

    BPSS = "bpss"
    FORCE_VETTING = "force_vetting"
    """A force vets for itself, whatever another force or a department has found."""
    SERVICE_CHECK = "service_check"
    """The armed services' own check, at enlistment or by the order."""


@dataclass(frozen=True)
class MoveRules:
    """What a regime says.

    ``transfers`` and ``moves_many`` say whether there are permanent transfers, and bulk moves. A loan lasts
    ``longest_loan_months`` at most; None is what the setting says. ``silence_settles_dates``: dates that the
    old organisation does not answer stand on the policy date. ``carries_service``: continuous service, leave,
    absence and pension go along; elsewhere service begins with the start date, and HR of the new organisation
    correct the record where the time before is recognised. ``may_start_uncleared``: by a dispensation.
    ``is_reversible``: a move back restores the old terms; elsewhere it is a new appointment again.
    """

    regime: Regime
    screening: Screening
    transfers: bool = True
    moves_many: bool = True
    longest_loan_months: int | None = None
    silence_settles_dates: bool = False
    carries_service: bool = False
    may_start_uncleared: bool = False
    is_reversible: bool = False


RULES: dict[Regime, MoveRules] = {
    one.regime: one
    for one in (
        MoveRules(
            Regime.CIVIL_SERVICE,
            Screening.BPSS,
            silence_settles_dates=True,
            carries_service=True,
            may_start_uncleared=True,
            is_reversible=True,
        ),
        MoveRules(
            Regime.POLICE,
            Screening.FORCE_VETTING,
            longest_loan_months=60,
            carries_service=True,
            is_reversible=True,
        ),
        MoveRules(
            Regime.ARMED_SERVICES, Screening.SERVICE_CHECK, longest_loan_months=36, carries_service=True
        ),
        MoveRules(Regime.JOINING_CIVIL_SERVICE, Screening.BPSS, may_start_uncleared=True),
        MoveRules(Regime.JOINING_POLICE, Screening.FORCE_VETTING),
        MoveRules(Regime.JOINING_ARMED_SERVICES, Screening.SERVICE_CHECK, moves_many=False),
        MoveRules(Regime.OUTSIDE, Screening.BPSS, transfers=False, moves_many=False),
    )
}
"""The one table. Bulk moves keep everybody's terms by their own law: they carry service in every regime."""

_WITHIN = {
    Kind.DEPARTMENT: Regime.CIVIL_SERVICE,
    Kind.AGENCY: Regime.CIVIL_SERVICE,
    Kind.POLICE_FORCE: Regime.POLICE,
    Kind.ARMED_SERVICE: Regime.ARMED_SERVICES,
    Kind.OUTSIDE: Regime.OUTSIDE,
}
_JOINING = {
    Regime.CIVIL_SERVICE: Regime.JOINING_CIVIL_SERVICE,
    Regime.POLICE: Regime.JOINING_POLICE,
    Regime.ARMED_SERVICES: Regime.JOINING_ARMED_SERVICES,
    Regime.OUTSIDE: Regime.OUTSIDE,
}


def rules_of(exporting: Kind, importing: Kind) -> MoveRules:
    """The rules of a move between organisations of these kinds, or of a loan from home to host."""
    service = _WITHIN[importing]
    return RULES[service if _WITHIN[exporting] is service else _JOINING[service]]


def rules_between(session: Session, exporting_id: UUID, importing_id: UUID) -> MoveRules:
    """The rules of a move, or a loan, between these organisations. Raises NotFound."""
    exporting, importing = session.get(Organisation, exporting_id), session.get(Organisation, importing_id)
    if exporting is None or importing is None:
        raise NotFound("There is no such organisation.")
    return rules_of(exporting.kind, importing.kind)
