"""Who may do what in Lanyard itself: roles, each bound to an organisation and to dates."""
