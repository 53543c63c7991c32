"""The pages on which somebody who works nowhere begins an employment on the account that they have."""

from app.appointments import claims, clearance, deciding, first_day, paying, preparing, views
from app.appointments.blueprint import blueprint

__all__ = ["blueprint", "claims", "clearance", "deciding", "first_day", "paying", "preparing", "views"]
