"""Renewing what apps and organisations have agreed: proposed by one officer, confirmed by another."""
