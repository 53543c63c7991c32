"""The one door out: what may leave about a person, to which app, why; each release is written down."""
