"""Pay scales of organisations and pay history of people: append-only, corrected by superseding."""
