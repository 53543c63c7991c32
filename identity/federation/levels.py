"""What a department's provider says of a sign-in, in our levels, and never above the provider's ceiling."""

from identity.acr import LADDER
from identity.federation.kinds import UpstreamIdentity
from identity.federation.models import UpstreamProvider


def level_of(identity: UpstreamIdentity, provider: UpstreamProvider) -> str:
    """The highest level that the provider's ``acr`` and ``amr`` translate to, up to its ceiling.

    What has no translation counts as one factor, the lowest level.
    """
    said = [provider.amr_levels.get(method) for method in identity.amr]
    said.append(provider.acr_levels.get(identity.acr or ""))
    reached = max((_rank(level) for level in said if level in LADDER), default=0)
    return LADDER[min(reached, _rank(provider.ceiling))]


def believed_amr(identity: UpstreamIdentity, provider: UpstreamProvider) -> tuple[str, ...]:
    """The methods that apps are told: those that the organisation translated, none above the ceiling."""
    highest = _rank(provider.ceiling)
    return tuple(
        method
        for method in dict.fromkeys(identity.amr)
        if method in provider.amr_levels and _rank(provider.amr_levels[method]) <= highest
    )


def _rank(level: str | None) -> int:
    return LADDER.index(level) if level in LADDER else 0
