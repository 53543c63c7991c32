"""What a client signs when it asks, without the provider's code."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4


def request_claims(client: str, issuer: str, now: datetime, /, **changes: Any) -> dict[str, Any]:
    """The claims of a good request object, whose parameters are among the changes.

    None leaves one out, but for parameters, where it stands as null.
    """
    ours = {
        "iss": client,
        "aud": issuer,
        "client_id": client,
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=5)).timestamp()),
        "jti": uuid4().hex,
    }
    chosen = ours | changes
    return {name: value for name, value in chosen.items() if value is not None or name not in ours}
