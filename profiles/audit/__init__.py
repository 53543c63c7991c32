"""The audit log: typed events, appended without waiting, sealed into a signed chain afterwards."""
