"""The pages of recovery: officers begin and confirm it, the person stops it, or uses the two codes."""

from app.recovery import cannot_sign_in, codes, deciding, new_passkey, new_password, stopping, using, views
from app.recovery.blueprint import blueprint

__all__ = [
    "blueprint",
    "cannot_sign_in",
    "codes",
    "deciding",
    "new_passkey",
    "new_password",
    "stopping",
    "using",
    "views",
]
