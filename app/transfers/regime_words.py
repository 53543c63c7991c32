"""What pages say of the rules that a move follows."""

from app.transfers.blueprint import blueprint
from app.translation import gettext as _
from profiles.organisations.move_rules import RULES, Regime, Screening


def screening_name(regime: Regime) -> str:
    """What the receiving organisation makes before somebody starts."""
    return {
        Screening.BPSS: _("BPSS check"),
        Screening.FORCE_VETTING: _("Force vetting"),
        Screening.SERVICE_CHECK: _("Check by the service"),
    }[RULES[regime].screening]


def screening_task(regime: Regime) -> str:
    """The same as what is done."""
    return {
        Screening.BPSS: _("The new department makes its BPSS check"),
        Screening.FORCE_VETTING: _("The new force vets them itself"),
        Screening.SERVICE_CHECK: _("The new service makes its check"),
    }[RULES[regime].screening]


def recording_screening(regime: Regime) -> str:
    """The button with which its outcome is recorded."""
    return {
        Screening.BPSS: _("Record the BPSS check"),
        Screening.FORCE_VETTING: _("Record the force vetting"),
        Screening.SERVICE_CHECK: _("Record the check by the service"),
    }[RULES[regime].screening]


def release_words(regime: Regime) -> str:
    """What the old organisation confirms as it approves."""
    if not RULES[regime].carries_service:
        return _("Leave, absence and pension are settled here: nothing of them goes along")
    if regime is Regime.CIVIL_SERVICE:
        return _("Start date in the Civil Service, leave balance and absence history are released")
    return _("Start of service, leave balance and absence history are released")


def rules_in_words(regime: Regime) -> list[str]:
    """What is otherwise than between two departments; nothing of a move between those."""
    rules = RULES[regime]
    if regime is Regime.CIVIL_SERVICE:
        return []
    said = [_("Dates that the old organisation does not answer stay open: silence settles nothing.")]
    if not rules.carries_service:
        said.append(
            _(
                "This is a new appointment: service, leave and pension begin anew. Where earlier service is "
                "recognised, HR of the new organisation correct the record after the start date."
            )
        )
    if regime is Regime.ARMED_SERVICES:
        said.append(_("It happens by order: once both have approved, only they take it back."))
    if not rules.may_start_uncleared:
        said.append(_("Nobody starts before the clearance of the post is there."))
    if not rules.is_reversible:
        said.append(_("There is no way back by reversing it: a move back is prepared like any other."))
    return said


blueprint.add_app_template_filter(screening_name, "screening_name")
blueprint.add_app_template_filter(rules_in_words, "rules_in_words")
