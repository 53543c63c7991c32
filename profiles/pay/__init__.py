"""Pay history: append-only, corrected by superseding."""
