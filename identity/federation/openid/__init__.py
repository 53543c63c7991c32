"""Departments' providers that speak OpenID Connect."""
