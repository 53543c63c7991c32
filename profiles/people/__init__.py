"""People: a permanent opaque id, around which names and addresses come and go."""
