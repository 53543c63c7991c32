"""Hours and contract of a move or an appointment in words.

A move from before these were terms changes neither.
"""

from app.portable_profile.words import contracts, share
from app.transfers.blueprint import blueprint
from app.translation import gettext as _
from profiles.appointments.models import Appointment
from profiles.transfers.conditions import Conditions
from profiles.transfers.models import Transfer


def hours_in_words(transfer: Transfer | Appointment) -> str:
    """How much of full time somebody works from the first day on."""
    if transfer.fte_thousandths is None:
        return _("As in the old department")
    return share(transfer.fte_thousandths)


def contract_in_words(transfer: Transfer | Appointment) -> str:
    """How they are employed from the first day on."""
    return contracts()[transfer.contract_type or Conditions.contract_type]


blueprint.add_app_template_filter(hours_in_words, "hours_in_words")
blueprint.add_app_template_filter(contract_in_words, "contract_in_words")
