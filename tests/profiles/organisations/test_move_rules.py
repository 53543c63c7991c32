"""Which rules a move follows, for every pair of kinds; and that no rule is left out."""

import pytest

from profiles.organisations.models import OrganisationKind as Kind
from profiles.organisations.move_rules import RULES, Regime, Screening, rules_of

WITHIN = {
    Regime.CIVIL_SERVICE: {Kind.DEPARTMENT, Kind.AGENCY},
    Regime.POLICE: {Kind.POLICE_FORCE},
    Regime.ARMED_SERVICES: {Kind.ARMED_SERVICE},
    Regime.OUTSIDE: {Kind.OUTSIDE},
}
SCREENING = {
    Kind.POLICE_FORCE: Screening.FORCE_VETTING,
    Kind.ARMED_SERVICE: Screening.SERVICE_CHECK,
}


def test_every_regime_has_rules() -> None:
    assert set(RULES) == set(Regime)


@pytest.mark.parametrize("exporting", Kind)
@pytest.mark.parametrize("importing", Kind)
def test_a_move_within_one_service_is_its_own_and_any_other_is_a_new_appointment(
    exporting: Kind, importing: Kind
) -> None:
    rules = rules_of(exporting, importing)
    same = [regime for regime, kinds in WITHIN.items() if {exporting, importing} <= kinds]
    assert rules.carries_service is (bool(same) and importing is not Kind.OUTSIDE)
    if same:
        assert rules.regime is same[0]


@pytest.mark.parametrize("exporting", Kind)
@pytest.mark.parametrize("importing", Kind)
def test_the_receiving_organisation_screens_in_its_own_way(exporting: Kind, importing: Kind) -> None:
    assert rules_of(exporting, importing).screening is SCREENING.get(importing, Screening.BPSS)


@pytest.mark.parametrize("exporting", Kind)
@pytest.mark.parametrize("importing", Kind)
def test_silence_settles_dates_in_the_civil_service_alone(exporting: Kind, importing: Kind) -> None:
    both = {exporting, importing} <= WITHIN[Regime.CIVIL_SERVICE]
    assert rules_of(exporting, importing).silence_settles_dates is both


@pytest.mark.parametrize("exporting", Kind)
@pytest.mark.parametrize("importing", Kind)
def test_nobody_is_transferred_to_a_body_outside(exporting: Kind, importing: Kind) -> None:
    assert rules_of(exporting, importing).transfers is (importing is not Kind.OUTSIDE)
