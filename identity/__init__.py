"""The OpenID Provider: signing in, sessions, clients, tokens and the protocol's endpoints."""
