"""Appointments: somebody who has an account and works nowhere begins an employment on it."""
