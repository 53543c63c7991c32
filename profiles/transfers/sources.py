"""What the facts of a transfer name as their source."""

from profiles.transfers.models import Transfer


def source_of(transfer: Transfer) -> str:
    """The source that every fact of this transfer names."""
    return f"transfer:{transfer.id}"
