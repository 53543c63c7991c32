"""Request objects: authorization requests that their client signed (RFC 9101, OpenID Connect Core §6)."""
