"""The audit trail on pages, and the keys that sign and verify its checkpoints."""
