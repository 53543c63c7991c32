"""Links in mails that let whoever holds them stop something, or lead to a page that asks for a passkey.

They open nothing by themselves.

What they name is signed by us for one purpose; nothing is kept of them, and what they do is done once.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer


class MailLinks:
    """The links of one purpose."""

    def __init__(self, purpose: str, good_for: timedelta) -> None:
        self._purpose = purpose
        self.good_for = good_for

    def token_of(self, named: UUID, now: datetime) -> str:
        """What the address ends with."""
        token: str = self._serializer().dumps([named.hex, (now + self.good_for).isoformat()])
        return token

    def find(self, unverified_token: str, now: datetime) -> UUID | None:
        """What it names; None when it is not ours, for something else, or too old."""
        try:
            named, moment = self._serializer().loads(unverified_token)
        except BadData:
            return None
        return UUID(named) if now < datetime.fromisoformat(moment).astimezone(UTC) else None

    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(
            str(current_app.config["SECRET_KEY"]),
            salt=self._purpose,
            signer_kwargs={"digest_method": hashlib.sha256},
        )


THAT_WAS_NOT_ME = MailLinks("that was not me", timedelta(days=30))
"""In the mail about a sign-in; names the session."""
STOP_RECOVERY = MailLinks("stop a recovery", timedelta(days=30))
"""In the mails about a recovery, which it names."""
STOP_RETURN = MailLinks("stop coming back to an account", timedelta(days=90))
"""In the mails about coming back without a passkey; names the claim."""
APPOINTMENT_TERMS = MailLinks("read the terms of an appointment", timedelta(days=30))
"""In the mail with which somebody who comes back is asked to accept them; names the appointment."""
