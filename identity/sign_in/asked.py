"""What the sign-in pages are asked for by their address."""

from dataclasses import dataclass
from typing import Any

from flask import request

from identity.acr import ACR_VALUES, SINGLE_FACTOR
from identity.sessions.cookie import signed_in_now
from identity.sessions.service import SignedIn
from identity.sign_in.next_path import safe_next_path


@dataclass(frozen=True)
class Asked:
    """What the address of a sign-in page asks for.

    ``fresh``: even who is signed in proves it again. ``level``: what the sign-in should reach; ``insists``
    says that nothing less will do. ``here``: a department's word will not do either.
    """

    next_path: str
    fresh: bool
    level: str
    insists: bool
    here: bool = False

    def as_query(self) -> dict[str, Any]:
        """The same for the address of a form."""
        return {
            "next": self.next_path,
            "fresh": "1" if self.fresh else None,
            "level": self.level if self.wants_more else None,
            "insists": "1" if self.wants_more and self.insists else None,
            "here": "1" if self.here else None,
        }

    @property
    def wants_more(self) -> bool:
        """Whether a single factor is not enough."""
        return self.level != SINGLE_FACTOR

    def confirming(self) -> SignedIn | None:
        """Who is to prove it again; None for somebody who signs in."""
        return signed_in_now() if self.fresh else None


def asked() -> Asked:
    """What this request's address asks for; a level that nobody can reach is passed over."""
    level = request.args.get("level", SINGLE_FACTOR)
    return Asked(
        next_path=safe_next_path(request.args.get("next")),
        fresh=request.args.get("fresh") == "1",
        level=level if level in ACR_VALUES else SINGLE_FACTOR,
        insists=request.args.get("insists") == "1",
        here=request.args.get("here") == "1",
    )
