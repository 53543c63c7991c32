"""The ``sub`` by which each sector knows a person."""
