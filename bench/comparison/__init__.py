"""Lanyard and npm oidc-provider side by side, doing the same work on the same core.

What is the same: one server process held to one core, the driver on the other; production's settings behind
a proxy that speaks TLS; an existing session and grant; PKCE; client_secret_basic; RS256 ID tokens by a key of
2048 bits; pairwise subs; opaque access tokens, which each finds in its database again (oidc-provider's
userinfo and introspection take no others); refresh tokens that rotate; an ended session that ends its tokens;
every commit on the disk before the answer. The driver speaks plain HTTP on connections that stay open.

What is not: Lanyard decides on access at each step from the person's recorded facts, keeps its audit trail
and the log of what it disclosed, and logs every request, all as shipped. oidc-provider asks nobody whether
the person may, reads an account's claims as one row, keeps its client in memory, signs no cookie, logs
nothing.
"""
