"""“That was not me”: a person says that a session of theirs was somebody else's."""
