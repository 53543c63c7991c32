"""A department's Django site as a relying party twice: by mozilla-django-oidc, and by social-auth-core.

Both are set up as their documentation says; ours are only the settings and a page that shows who signed in.
Environment: ISSUER, HOME (own address), DATABASE (a file), and for MOZILLA and SOCIAL each _ID and _SECRET.
"""

import os
from typing import Any
from urllib.parse import urlencode

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import include, path

issuer, home = os.environ["ISSUER"], os.environ["HOME"]
SOCIAL = "social_core.backends.open_id_connect.OpenIdConnectAuth"

settings.configure(
    DEBUG=False,
    SECRET_KEY="only for these tests",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"log": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["log"], "level": "WARNING"},
    },
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
        "social_django",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "social_django.middleware.SocialAuthExceptionMiddleware",
    ],
    # Ports of localhost share cookies.
    SESSION_COOKIE_NAME="django_site_session",
    # In this order: Mozilla's would redeem a code that came for the other.
    AUTHENTICATION_BACKENDS=[SOCIAL, "mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    LOGOUT_REDIRECT_URL="/signed-out",
    LOGIN_REDIRECT_URL="/who",
    LOGIN_REDIRECT_URL_FAILURE="/not-signed-in",
    OIDC_RP_CLIENT_ID=os.environ["MOZILLA_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["MOZILLA_SECRET"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid profile email",
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{issuer}/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{issuer}/token",
    OIDC_OP_USER_ENDPOINT=f"{issuer}/userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{issuer}/jwks.json",
    OIDC_OP_LOGOUT_URL_METHOD=f"{__name__}.provider_logout",
    OIDC_USE_PKCE=True,
    OIDC_STORE_ID_TOKEN=True,
    ALLOW_LOGOUT_GET_METHOD=True,
    SOCIAL_AUTH_LOGIN_ERROR_URL="/not-signed-in",
    SOCIAL_AUTH_ERROR_TRANSPORT=["query"],
    SOCIAL_AUTH_OIDC_OIDC_ENDPOINT=issuer,
    SOCIAL_AUTH_OIDC_KEY=os.environ["SOCIAL_ID"],
    SOCIAL_AUTH_OIDC_SECRET=os.environ["SOCIAL_SECRET"],
    SOCIAL_AUTH_OIDC_USE_PKCE=True,
    SOCIAL_AUTH_OIDC_USERNAME_KEY="sub",
)
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)


def start(_request: HttpRequest) -> HttpResponse:
    """Both ways to sign in; social-auth begins by a form only."""
    return HttpResponse(
        '<a id="mozilla" href="/mozilla/authenticate/">Sign in</a>'
        '<form action="/social/login/oidc/" method="post"><button id="social">Sign in</button></form>'
    )


def who(request: HttpRequest) -> HttpResponse:
    """Who signed in, and by which library."""
    return JsonResponse(
        {
            "name": request.user.get_full_name(),
            "email": request.user.email,
            "backend": request.session.get("_auth_user_backend"),
        }
    )


def provider_logout(request: HttpRequest) -> str:
    """Where to sign out of the provider, with the ID token as the hint."""
    id_token: Any = request.session.get("oidc_id_token")
    if request.session["_auth_user_backend"] == SOCIAL:
        id_token = request.user.social_auth.get(provider="oidc").extra_data["id_token"]
    parameters = {"id_token_hint": id_token, "post_logout_redirect_uri": f"{home}/signed-out"}
    return f"{issuer}/end-session?{urlencode(parameters)}"


def social_logout(request: HttpRequest) -> HttpResponse:
    """social-auth-core leaves signing out to the site."""
    address = provider_logout(request)
    request.session.flush()
    return HttpResponseRedirect(address)


def nobody(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"name": None})


urlpatterns = [
    path("", start),
    path("who", who),
    path("signed-out", nobody),
    path("not-signed-in", nobody),
    path("mozilla/", include("mozilla_django_oidc.urls")),
    path("social/", include("social_django.urls", namespace="social")),
    path("social-logout", social_logout),
]
application = get_wsgi_application()
