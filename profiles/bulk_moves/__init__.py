"""Moving many people from one organisation to another on one day (machinery of government)."""
