"""What an app's own configuration needs, ready to be copied."""

from identity.clients.models import Client


def configuration(client: Client, issuer: str, client_secret: str = "") -> str:
    """Lines of an environment file: the same few values that every OpenID Connect library asks for.

    Without ``client_secret`` its line is left to be filled in; a client that has none gets no such line.
    """
    values = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": client.client_id}
    if client.token_endpoint_auth_method.startswith("client_secret_"):
        values["OIDC_CLIENT_SECRET"] = client_secret
    values["OIDC_TOKEN_ENDPOINT_AUTH_METHOD"] = client.token_endpoint_auth_method
    if client.redirect_uris:
        values["OIDC_REDIRECT_URI"] = client.redirect_uris[0]
    if client.post_logout_redirect_uris:
        values["OIDC_POST_LOGOUT_REDIRECT_URI"] = client.post_logout_redirect_uris[0]
    values["OIDC_SCOPE"] = f'"{client.scope}"'
    return "\n".join(f"{name}={value}" for name, value in values.items())
