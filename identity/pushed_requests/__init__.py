"""Pushed authorization requests: what clients asked for before the person comes (RFC 9126)."""
