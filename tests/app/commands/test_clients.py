"""``lanyard clients create``."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlmodel import select

from app.commands import context, main
from app.config import development_defaults
from app.database import transaction
from identity.clients.client_secrets import has_live_secret
from identity.clients.initial_access import use
from identity.clients.logos import find_digest
from identity.clients.models import Client, ClientSecret, InitialAccessToken
from identity.clients.registry import find_client
from identity.clients.service import hash_secret
from profiles.apps.models import AccessRule, Agreement, App
from profiles.disclosure import service as disclosure
from profiles.organisations.service import get_by_code
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.images import png
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee
from tests.identity.web_server import serve

REDIRECT_URI = "http://localhost:9000/callback"


@pytest.fixture(autouse=True)
def _environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, engine: Engine
) -> Iterator[None]:
    """The settings of a command in development, with the test's own database and one department."""
    for name, value in (development_defaults(tmp_path) | {"LANYARD_DATABASE_URL": database_url}).items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    with transaction(engine) as session:
        make_organisation(session, context.command_time(), "HMRC")
    yield
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def create(*options: str, name: str = "Casework", uri: str = REDIRECT_URI) -> Result:
    arguments = ["clients", "create", "--name", name, "--organisation", "HMRC", "--redirect-uri", uri]
    return CliRunner().invoke(main, [*arguments, *options])


def test_the_credentials_come_as_json_and_only_the_hash_stays(engine: Engine) -> None:
    result = create("--json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert set(shown) == {"issuer", "client_id", "client_secret", "app_id"}
    assert shown["issuer"] == "http://localhost:8000"
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert client.client_id == shown["client_id"]
        assert session.exec(select(ClientSecret)).one().secret_hash == hash_secret(shown["client_secret"])
        assert str(client.app_id) == shown["app_id"]


def test_without_an_agreement_it_says_that_nobody_can_use_the_app(engine: Engine) -> None:
    result = create()
    assert "client_secret" in result.stdout
    assert "Nobody can use the app yet" in result.stderr
    with transaction(engine, writes=False) as session:
        assert session.exec(select(Agreement)).first() is None
        assert session.exec(select(AccessRule)).first() is None


def test_with_an_agreement_and_a_role_the_departments_people_can_use_it(engine: Engine) -> None:
    result = create(
        *("--purpose", "to open your cases", "--retention", "two years"),
        *("--claims", "name, email,roles", "--role", "caseworker"),
    )
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    now = context.command_time()
    with transaction(engine) as session:
        person_id = make_employee(session, now, get_by_code(session, "HMRC", now)).person_id
        app = session.exec(select(App)).one()
        assert disclosure.access(session, person_id, app.id, now).roles == ("caseworker",)
        assert session.exec(select(Agreement)).one().claims == ["email", "name", "roles"]


def test_everything_that_a_client_can_say_of_itself_is_kept(engine: Engine) -> None:
    create(
        *("--redirect-uri", "https://casework.example/callback", "--sector", "casework.example"),
        *("--post-logout-redirect-uri", "http://localhost:9000/bye"),
        *("--backchannel-logout-uri", "http://localhost:9000/logout"),
        *("--token-endpoint-auth-method", "client_secret_post"),
        *("--id-token-signed-response-alg", "ES256", "--without-pkce"),
        *("--userinfo-signed-response-alg", "PS256"),
        *("--require-pushed-authorization-requests", "--dpop-bound-access-tokens"),
    )
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert client.redirect_uris == [REDIRECT_URI, "https://casework.example/callback"]
        assert client.post_logout_redirect_uris == ["http://localhost:9000/bye"]
        assert client.backchannel_logout_uri == "http://localhost:9000/logout"
        assert client.sector == "casework.example"
        assert client.token_endpoint_auth_method == "client_secret_post"
        assert client.id_token_signed_response_alg == "ES256"
        assert (client.userinfo_signed_response_alg, client.subject_type) == ("PS256", "pairwise")
        assert not client.require_pkce
        assert client.require_pushed_authorization_requests
        assert client.dpop_bound_access_tokens


def test_how_a_client_signs_its_requests_is_kept(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(jwks(ClientKey.make())))
    create(
        *("--jwks", str(file), "--request-uri", "http://localhost:9000/request"),
        *("--request-object-signing-alg", "ES256", "--require-signed-request-object"),
    )
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert client.request_uris == ["http://localhost:9000/request"]
        assert client.request_object_signing_alg == "ES256"
        assert client.require_signed_request_object


def test_a_client_may_share_the_public_sub(engine: Engine) -> None:
    create("--subject-type", "public", "--redirect-uri", "https://elsewhere.example/callback")
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert (client.subject_type, client.sector) == ("public", "*")


def test_an_app_may_have_a_second_client(engine: Engine) -> None:
    create()
    assert create("--app", "Casework", name="Casework on phones").exit_code == 0
    with transaction(engine, writes=False) as session:
        assert len(session.exec(select(App)).all()) == 1
        assert len(session.exec(select(Client)).all()) == 2


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--redirect-uri", "http://evil.example/"], "redirect_uris: http://evil.example/ must be https"),
        (["--redirect-uri", "https://x.example/#a"], "redirect_uris: https://x.example/#a must not have a f"),
        (["--redirect-uri", "https://*.example/"], "redirect_uris: https://*.example/ must not have a wild"),
        (["--redirect-uri", "nonsense"], "redirect_uris: nonsense must have a host name"),
        (["--redirect-uri", "https://x.example/"], "redirect URIs on several hosts need a sector"),
        (["--post-logout-redirect-uri", "ftp://x/"], "post_logout_redirect_uris: ftp://x/ must be https"),
        (["--backchannel-logout-uri", "http://10.0.0.1/"], "backchannel_logout_uri: http://10.0.0.1/ must"),
        (["--organisation", "NOWHERE"], "NOWHERE"),
        (["--app", "Unheard of"], "has no app called 'Unheard of'"),
        (["--app", "Casework", "--role", "x"], "are for a new app"),
        (["--claims", "name"], "give --purpose and --retention"),
        (["--purpose", "p", "--retention", "r", "--claims", "shoe_size"], "no claim called 'shoe_size'"),
        (["--name", " "], "client_name: must not be empty"),
        (["--sector", "x.example", "--subject-type", "public"], "sector_identifier: public subjects are"),
    ],
)
def test_bad_input_gets_one_clear_line_and_changes_nothing(
    engine: Engine, options: list[str], line: str
) -> None:
    result = create(*options)
    assert result.exit_code == 1, result.output
    assert line in result.output
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1
    with transaction(engine, writes=False) as session:
        assert session.exec(select(App)).first() is None
        assert session.exec(select(Client)).first() is None


def test_a_second_app_of_the_same_name_is_refused_with_a_hint(engine: Engine) -> None:
    create()
    result = create()
    assert result.exit_code == 1
    assert "--app 'Casework'" in result.output


def tokens(engine: Engine, *options: str) -> Result:
    """``lanyard clients tokens`` for the one client there is."""
    with transaction(engine, writes=False) as session:
        client_id = session.exec(select(Client.client_id)).one()
    return CliRunner().invoke(main, ["clients", "tokens", client_id, *options])


def test_the_tokens_of_a_client_are_said_afterwards(engine: Engine) -> None:
    create()
    result = tokens(engine, "--grant-type", "authorization_code", "--grant-type", "refresh_token")
    assert result.exit_code == 0, result.output
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert client.grant_types == ["authorization_code", "refresh_token"]
        assert "offline_access" in client.scope


def test_tokens_that_do_not_fit_together_are_refused_in_one_line(engine: Engine) -> None:
    create()
    result = tokens(engine, "--grant-type", "refresh_token")
    assert result.exit_code == 1
    assert "grant_types: refresh_token needs authorization_code" in result.output


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["clients", *arguments])


def test_a_secret_rotates_with_an_overlap(engine: Engine) -> None:
    shown = json.loads(create("--json").stdout)
    result = run("rotate-secret", shown["client_id"], "--overlap", "24")
    assert result.exit_code == 0, result.output
    new = result.stdout.split()[3]
    now = context.command_time()
    with transaction(engine, writes=False) as session:
        for hours, old_is_good in ((23, True), (25, False)):
            later = now + timedelta(hours=hours)
            assert has_live_secret(session, shown["client_id"], new, later)
            assert has_live_secret(session, shown["client_id"], shown["client_secret"], later) is old_is_good


def test_a_second_rotation_does_not_lengthen_the_life_of_the_oldest(engine: Engine) -> None:
    shown = json.loads(create("--json").stdout)
    for overlap in ("0", "24"):
        assert run("rotate-secret", shown["client_id"], "--overlap", overlap).exit_code == 0
    with transaction(engine, writes=False) as session:
        now = context.command_time()
        assert not has_live_secret(session, shown["client_id"], shown["client_secret"], now)
        assert len(session.exec(select(ClientSecret)).all()) == 3


def test_a_client_is_listed_and_disabled(engine: Engine) -> None:
    client_id = json.loads(create("--json").stdout)["client_id"]
    assert f"{client_id}  active  client_secret_basic  Casework" in run("list").stdout
    assert run("disable", client_id).exit_code == 0
    assert f"{client_id}  disabled" in run("list").stdout
    with transaction(engine, writes=False) as session:
        assert find_client(session, client_id) is None
    for command in ("disable", "rotate-secret"):
        result = run(command, client_id)
        assert result.exit_code == 1
        assert "There is no active client" in result.output


def test_a_client_with_keys_is_registered_from_a_file(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(jwks(ClientKey.make())))
    method = ("--token-endpoint-auth-method", "private_key_jwt")
    result = create("--json", *method, "--jwks", str(file))
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert shown["client_secret"] == ""
    refused = run("rotate-secret", shown["client_id"])
    assert "has no secret" in refused.output
    assert "needs jwks or jwks_uri" in create(*method, name="Other").output
    file.write_text("{")
    assert "not JSON" in create(*method, "--jwks", str(file), name="Other").output


def test_a_logo_is_copied_once_and_the_documents_are_linked(engine: Engine) -> None:
    with serve() as server:
        server.headers, server.body = {"Content-Type": "image/png"}, png()
        documents = (
            "--policy-uri",
            "http://localhost:9000/privacy",
            "--tos-uri",
            "http://localhost:9000/terms",
        )
        result = create("--json", "--logo-uri", server.address, *documents)
        assert result.exit_code == 0, result.output
        server.body = b"<svg/>"
        refused = create("--logo-uri", server.address, name="Other")
    assert "no PNG or JPEG" in refused.output
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert (client.policy_uri, client.tos_uri) == (documents[1], documents[3])
        assert find_digest(session, client.client_id, server.address)


def test_a_client_declares_the_stricter_profile(engine: Engine, tmp_path: Path) -> None:
    """FAPI 2.0: it needs to say nothing else but where its keys are."""
    keys = ("--profile", "fapi2", "--jwks-uri", "https://casework.example/jwks.json")
    result = create("--json", *keys)
    assert result.exit_code == 0, result.output
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        described = (client.token_endpoint_auth_method, client.id_token_signed_response_alg)
        assert described == ("private_key_jwt", "PS256")
        assert client.dpop_bound_access_tokens
    weaker = create(*keys, "--id-token-signed-response-alg", "RS256", name="Other")
    assert "id_token_signed_response_alg" in weaker.output


def test_a_public_client_has_no_secret_to_print_or_rotate(engine: Engine) -> None:
    """And a native one may return to the device."""
    native = ("--application-type", "native", "--redirect-uri", "uk.gov.example.app:/callback")
    native = (*native, "--client-uri", "https://app.example/")
    result = create("--json", "--token-endpoint-auth-method", "none", *native)
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert shown["client_secret"] == ""
    assert "has no secret" in run("rotate-secret", shown["client_id"]).output
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert (client.application_type, client.token_endpoint_auth_method) == ("native", "none")


SERVICE = ("--grant-type", "client_credentials", "--service-scope", "people.read")


def create_service(*options: str) -> Result:
    return run("create", "--name", "Nightly export", "--organisation", "HMRC", *SERVICE, *options)


def test_a_service_needs_no_redirect_uri(engine: Engine) -> None:
    result = create_service("--client-uri", "https://export.example/", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["client_secret"]
    assert result.stderr == ""
    with transaction(engine, writes=False) as session:
        client = session.exec(select(Client)).one()
        assert (client.grant_types, client.service_scope) == (["client_credentials"], "people.read")
        assert client.redirect_uris == []
        assert session.exec(select(App)).one().home_url == "https://export.example/"


def test_a_service_of_an_app_that_is_there_needs_no_address_at_all(engine: Engine) -> None:
    create()
    assert create_service("--app", "Casework").exit_code == 0


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], "client_uri: is needed where no redirect URI says where the app is"),
        (
            ["--sector", "x.example", "--client-uri", "https://x.example/"],
            "sector_identifier: nobody signs in",
        ),
        (["--grant-type", "authorization_code"], "redirect_uris: at least one is needed"),
    ],
)
def test_a_service_that_lacks_something_is_refused_in_one_line(
    engine: Engine, options: list[str], line: str
) -> None:
    result = create_service(*options)
    assert result.exit_code == 1
    assert line in result.output
    with transaction(engine, writes=False) as session:
        assert session.exec(select(App)).first() is None


def test_a_native_app_says_where_people_find_it(engine: Engine) -> None:
    """Its redirect URIs are on their devices."""
    native = ("--application-type", "native", "--token-endpoint-auth-method", "none")
    for uri in ("http://127.0.0.1/callback", "uk.gov.example.app:/callback"):
        assert "client_uri: is needed" in create(*native, uri=uri).output
        shown = create(*native, "--client-uri", "https://app.example/", uri=uri, name=uri)
        assert shown.exit_code == 0, shown.output


def test_a_client_is_shown_as_it_is_registered(engine: Engine) -> None:
    client_id = json.loads(create("--json", "--token-endpoint-auth-method", "none").stdout)["client_id"]
    result = run("show", client_id)
    assert result.exit_code == 0, result.output
    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.stdout.splitlines()}
    assert shown["client_id"] == client_id
    assert shown["state"] == "active"
    assert shown["token_endpoint_auth_method"] == "none"
    assert shown["redirect_uris"] == REDIRECT_URI
    assert shown["require_pkce"] == "true"
    assert json.loads(run("show", client_id, "--json").stdout)["redirect_uris"] == [REDIRECT_URI]
    run("disable", client_id)
    assert "disabled" in run("show", client_id).stdout
    assert "There is no client 'unknown'" in run("show", "unknown").output


def test_an_initial_access_token_is_printed_once_and_rests_hashed(engine: Engine) -> None:
    result = run("initial-access-token", "--organisation", "HMRC", "--attempts", "2")
    assert result.exit_code == 0, result.output
    token = result.stdout.strip()
    with transaction(engine) as session:
        kept = session.exec(select(InitialAccessToken)).one()
        assert token not in str(kept)
        assert (kept.attempts_left, kept.contact) == (2, "Department HMRC")
        assert use(session, token, context.command_time()) is not None
