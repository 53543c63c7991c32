"""What can be wrong with a session that is used."""

from identity.errors import IdentityError


class SessionEnded(IdentityError):
    """The login session ended between the moment it was looked up and its use; nobody is signed in."""
