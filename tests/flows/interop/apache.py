"""Debian's Apache with mod_auth_openidc as a relying party, with a configuration of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import pytest

from tests.support import serving
from tests.support.provider import ServedProvider

SERVER = Path("/usr/sbin/apache2")
MODULES = Path("/usr/lib/apache2/modules")
HOW_TO_GET_IT = (
    "No Apache with mod_auth_openidc: install your system's packages (Debian: apt-get install apache2-bin "
    "libapache2-mod-auth-openidc)."
)

CONFIGURATION = """
ServerName localhost
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
Mutex file:{folder} default
ErrorLog {folder}/error.log
LogLevel warn
Listen 127.0.0.1:{port}
User nobody
Group nogroup

LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule include_module {modules}/mod_include.so
LoadModule mime_module {modules}/mod_mime.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so

TypesConfig /dev/null
DocumentRoot {folder}/pages
AddType text/html .html
Options +Includes
AddOutputFilter INCLUDES .html

OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCRedirectURI {home}/casework/oidc
OIDCCryptoPassphrase {passphrase}
OIDCScope "openid profile email entitlements"
OIDCPKCEMethod S256
OIDCResponseType code
OIDCRemoteUserClaim sub
OIDCHTTPTimeoutShort 30
OIDCHTTPTimeoutLong 60
OIDCCookie mod_auth_openidc_session

<Location /casework>
    AuthType openid-connect
    Require valid-user
</Location>
<Location /casework/caseworkers.html>
    Require claim roles:caseworker
</Location>
<Location /casework/managers.html>
    Require claim roles:manager
</Location>
"""

# mod_auth_openidc hands claims to pages as variables of the request.
PAGES = {
    "casework/index.html": """<h1>Casework</h1>
<p id="sub"><!--#echo var="REMOTE_USER" --></p>
<p id="name"><!--#echo var="OIDC_CLAIM_name" --></p>
<p id="email"><!--#echo var="OIDC_CLAIM_email" --></p>
<p id="roles"><!--#echo var="OIDC_CLAIM_roles" --></p>
<p id="issuer"><!--#echo var="OIDC_CLAIM_iss" --></p>
""",
    "casework/caseworkers.html": "<h1>Caseworkers</h1>",
    "casework/managers.html": "<h1>Managers</h1>",
    "signed-out.html": "<h1>Signed out of Casework</h1>",
}


@dataclass(frozen=True)
class Apache:
    """Where its protected pages are."""

    home: str

    @property
    def casework(self) -> str:
        """A page for whoever signed in."""
        return f"{self.home}/casework/index.html"

    def page_for(self, role: str) -> str:
        """A page for `caseworkers` or `managers` only."""
        return f"{self.home}/casework/{role}.html"

    @property
    def signed_out(self) -> str:
        """Where somebody ends who signed out."""
        return f"{self.home}/signed-out.html"

    @property
    def sign_out(self) -> str:
        """The module's address that signs out here and at the provider."""
        return f"{self.home}/casework/oidc?logout={self.signed_out}"


def require_apache() -> None:
    """Skip the test where there is no Apache with the module; in CI it fails."""
    if SERVER.exists() and (MODULES / "mod_auth_openidc.so").exists():
        return
    if os.environ.get("CI") == "true":
        pytest.fail(HOW_TO_GET_IT)
    pytest.skip(HOW_TO_GET_IT)


@contextmanager
def apache(provider: ServedProvider) -> Iterator[Apache]:
    """Register a client and run Apache as it until the block ends."""
    # Not pytest's folder, which is nobody's but root's when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="lanyard-tests-apache-"))
    folder.chmod(0o755)
    try:
        yield from _serve(provider, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(provider: ServedProvider, folder: Path) -> Iterator[Apache]:
    port = serving.free_port()
    home = f"http://localhost:{port}"
    at = Apache(home)
    client = provider.register(
        "mod_auth_openidc",
        redirect_uris=[f"{home}/casework/oidc"],
        post_logout_redirect_uris=[at.signed_out],
        backchannel_logout_uri=f"{home}/casework/oidc?logout=backchannel",
    )
    for name, text in PAGES.items():
        page = folder / "pages" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
    configuration = folder / "apache.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            modules=MODULES,
            port=port,
            home=home,
            issuer=provider.issuer,
            client_id=client.client_id,
            client_secret=client.client_secret,
            passphrase=token_urlsafe(),
        )
    )
    log = folder / "error.log"
    log.touch()
    server = subprocess.Popen(
        [SERVER, "-f", str(configuration), "-D", "FOREGROUND"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log.open("ab"),
    )
    with serving.stopped_afterwards(server):
        serving.wait_until_it_answers(port, server, log)
        yield at
