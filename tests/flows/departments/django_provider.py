"""A second department's own OpenID provider: Django OAuth Toolkit, set up as its documentation says.

Environment: HOME (own address), RETURN (Lanyard's redirect URI), DATABASE (a file), ACCOUNT and PASSWORD of
the one person whom it knows, CLIENT_ID and CLIENT_SECRET. Its issuer is HOME with ``/o``.
"""

import os
import sys

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

_KEY = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)

settings.configure(
    DEBUG=False,
    SECRET_KEY="only for these tests",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {
                            "registration/login.html": "<h1>Home Office sign-in</h1>"
                            '<form method="post">{% csrf_token %}{{ form }}'
                            '<button id="enter">Sign in</button></form>'
                        },
                    )
                ]
            },
        }
    ],
    # Ports of localhost share cookies.
    SESSION_COOKIE_NAME="department_session",
    LOGIN_URL="/accounts/login/",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": _KEY.decode(),
        "OIDC_ISS_ENDPOINT": os.environ["HOME"] + "/o",
        "SCOPES": {"openid": "who signs in"},
        "PKCE_REQUIRED": True,
        "ALLOWED_REDIRECT_URI_SCHEMES": ["http"],
    },
)
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0, stdout=sys.stderr)


def _set_up() -> None:
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    User.objects.create_user(os.environ["ACCOUNT"], password=os.environ["PASSWORD"])
    Application.objects.create(
        name="Lanyard",
        client_id=os.environ["CLIENT_ID"],
        client_secret=os.environ["CLIENT_SECRET"],
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=os.environ["RETURN"],
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
    )


_set_up()
urlpatterns = [
    path("accounts/", include("django.contrib.auth.urls")),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]
application = get_wsgi_application()
