"""Relying parties as OpenID Connect knows them: registered, found, authenticated."""
