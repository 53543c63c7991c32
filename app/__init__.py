"""The composition root: ``create_app`` puts the parts together, one step after the other.

What is imported stays, so the garbage collector, which would look at it again and again, rests meanwhile and
leaves it out from then on: it is a third of the time that a command takes to begin.
"""

import gc

_collects = gc.isenabled()
gc.disable()

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from sqlmodel import Session
from werkzeug.middleware.proxy_fix import ProxyFix

import identity.context
from app import (
    access,
    dispatcher,
    error_pages,
    logs,
    look,
    opened_records,
    request_transaction,
    security_headers,
    unstorable_text,
)
from app.about.views import FOOTER
from app.about.views import blueprint as about
from app.api import blueprint as api
from app.api import importing
from app.appointments import blueprint as appointments
from app.apps import blueprint as apps
from app.audit.views import blueprint as audit
from app.bulk_moves import blueprint as bulk_moves
from app.config import Settings
from app.data_protection import blueprint as data_protection
from app.database import create_engine
from app.figures import blueprint as figures
from app.form_cookie import FormCookie
from app.health import blueprint as health
from app.imports import allow_large_files
from app.imports import blueprint as imports
from app.inbox.views import blueprint as inbox
from app.loans import blueprint as loans
from app.my_profile import blueprint as my_profile
from app.organisations import blueprint as organisations
from app.people import blueprint as people
from app.recovery import blueprint as recovery
from app.security_reports.views import blueprint as security_reports
from app.transfers import blueprint as transfers
from app.transfers.dates_of_parts import timetable_of
from identity.clients.client_keys import PublishedKeys
from identity.clients.documents import SECONDS, document_fetcher, image_fetcher, request_object_fetcher
from identity.clients.errors import InvalidClientMetadata
from identity.context import Context, IdentitySettings
from identity.disowning.views import blueprint as disowning
from identity.dpop.nonces import Nonces
from identity.endpoints import routes
from identity.federation import links, signing_out, upstreams
from identity.federation.first_sign_in import blueprint as first_sign_in
from identity.federation.gate import SmallGate
from identity.federation.openid.exchange import form_poster
from identity.federation.openid.metadata import UpstreamDirectory
from identity.federation.openid.registration import json_poster
from identity.federation.upstreams import Upstreams
from identity.federation.views import blueprint as departments
from identity.keys.encryption import KeyEncryption
from identity.keys.key_ring import KeyRing
from identity.sign_in import blueprint as sign_in
from identity.sign_in import hashing_turns
from identity.sign_in.hashing_turns import HashingTurns
from identity.turn import out_of_turn
from profiles.apps.service import create_app as create_department_app
from profiles.audit.service import Initiator
from profiles.bulk_moves.freeze import frozen_until
from profiles.errors import NotFound
from profiles.organisations.service import get as find_organisation

gc.freeze()
if _collects:
    gc.enable()

LARGEST_REQUEST = 1024 * 1024


def create_app(settings: Settings, *, clock: Callable[[], datetime] | None = None) -> Flask:
    """The provider as a WSGI application. ``clock`` replaces the real one in tests."""
    app = Flask(__name__)
    configure_flask(app, settings, clock)
    logs.init_app(app)
    look.init_app(app, branded=settings.branded, development=settings.development, footer=FOOTER)
    allow_large_files(app)
    unstorable_text.init_app(app)
    CSRFProtect(app)
    # Before the transaction, because what comes later looks at an answer earlier: a commit may change it.
    security_headers.init_app(app, https=settings.https)
    opened_records.init_app(app)
    request_transaction.init_app(app, create_engine(settings.database_url))
    context = identity_context(settings)
    identity.context.install(app, context)
    upstreams.install(app, departments_upstreams(settings, context))
    hashing_turns.install(app, HashingTurns(settings.threads))
    access.init_app(app)
    error_pages.init_app(app)
    register_blueprints(app, development=settings.development)
    trust_proxies(app, settings.trusted_proxies)
    dispatcher.init_app(app)
    return app


def identity_context(settings: Settings) -> Context:
    """What the provider needs of this application: settings, transactions, the clock, keys."""
    fetch_document = out_of_turn(document_fetcher(development=settings.development))
    encryption = KeyEncryption(settings.encryption_keys)
    return Context(
        settings=IdentitySettings(
            issuer=settings.issuer,
            https=settings.https,
            code_seconds=settings.code_seconds,
            token_seconds=settings.token_seconds,
            refresh_lifetime=timedelta(days=settings.refresh_days),
            refresh_idle=timedelta(days=settings.refresh_idle_days),
            session_idle=timedelta(minutes=settings.session_idle_minutes),
            session_absolute=timedelta(hours=settings.session_hours),
            fresh_for=timedelta(minutes=settings.fresh_minutes),
            privileged_acr=settings.privileged_level,
            least_acr=settings.least_acr,
            attestation_roots=settings.read_attestation_roots(),
            password_cost=settings.password_cost,
            password_memory_kib=settings.password_memory_kib,
            development=settings.development,
            dpop_nonce_required=settings.dpop_nonce_required,
        ),
        session=request_transaction.request_session,
        own_transaction=request_transaction.own_transaction,
        reading=request_transaction.reading,
        roll_back=request_transaction.roll_back,
        now=request_transaction.request_time,
        key_ring=KeyRing.of_local_keys(encryption),
        encryption=encryption,
        fetch_document=fetch_document,
        fetch_image=out_of_turn(image_fetcher(development=settings.development)),
        fetch_request_object=out_of_turn(request_object_fetcher(development=settings.development)),
        make_app=_make_app,
        still_vouched=links.still_vouched,
        is_moving=lambda session, person_id, now: (
            frozen_until(session, person_id, now, timedelta(days=settings.move_freeze_days)) is not None
        ),
        published_keys=PublishedKeys(fetch_document),
        nonces=Nonces(settings.encryption_keys),
    )


def departments_upstreams(settings: Settings, context: Context) -> Upstreams:
    """How this process asks the providers of departments."""
    return Upstreams(
        directory=UpstreamDirectory(context.fetch_document),
        published_keys=PublishedKeys(context.fetch_document, patience=SECONDS),
        post=out_of_turn(form_poster(development=settings.development)),
        post_json=out_of_turn(json_poster(development=settings.development)),
        encryption=context.encryption,
        secret_key=settings.secret_key.get_secret_value(),
        gate=SmallGate(places=max(1, settings.threads - 1), waiting=1, seconds=upstreams.WAIT_SECONDS),
        logout_gate=SmallGate(waiting=max(1, settings.threads - 2), seconds=upstreams.WAIT_SECONDS),
    )


def _make_app(session: Session, now: datetime, initiator: Initiator, **described: Any) -> UUID:
    try:
        find_organisation(session, described["organisation_id"], now)
    except NotFound as ended:  # nobody would own the app
        raise InvalidClientMetadata("initial_access_token", "its organisation has ended") from ended
    return create_department_app(session, now, initiator, **described).id


def register_blueprints(app: Flask, *, development: bool) -> None:
    """Every page and endpoint; the inbox only in development, because it shows everybody's mail."""
    routes.init_app(app)
    app.register_blueprint(audit)
    if development:
        app.register_blueprint(inbox)
    app.register_blueprint(health)
    app.register_blueprint(sign_in)
    app.register_blueprint(departments)
    app.register_blueprint(first_sign_in)
    signing_out.init_app(app)
    app.register_blueprint(about)
    app.register_blueprint(api)
    importing.init_app(app)
    app.register_blueprint(appointments)
    app.register_blueprint(apps)
    app.register_blueprint(bulk_moves)
    app.register_blueprint(data_protection)
    app.register_blueprint(figures)
    app.register_blueprint(imports)
    app.register_blueprint(loans)
    app.register_blueprint(my_profile)
    app.register_blueprint(organisations)
    app.register_blueprint(people)
    app.register_blueprint(disowning)
    app.register_blueprint(recovery)
    app.register_blueprint(security_reports)
    app.register_blueprint(transfers)


def configure_flask(app: Flask, settings: Settings, clock: Callable[[], datetime] | None) -> None:
    """Flask's own settings; its cookie holds the token of forms, and a password that waits for its code."""
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME="__Host-lanyard_form" if settings.https else "lanyard_form",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SECOND_OFFICER_ABOVE=settings.second_officer_above,
        GAINING_OFFICER_ABOVE=settings.gaining_officer_above,
        BULK_MOVE_CONFIRM_WITHIN=settings.bulk_move_confirm_within,
        BULK_MOVE_NOT_TAKEN_BACK_WITHIN=timedelta(hours=settings.bulk_move_take_back_hours),
        DELEGATION_LONGEST_DAYS=settings.delegation_longest_days,
        CLEARANCE_PERIODS=settings.clearance_periods,
        LINKING_CODE_LIFE=timedelta(days=settings.linking_code_days),
        ANSWER_WITHIN=timedelta(days=settings.question_days),
        RECOVERY_WAIT=timedelta(hours=settings.recovery_wait_hours),
        RECOVERY_COOLING=timedelta(hours=settings.recovery_cooling_hours),
        RETENTION_YEARS=settings.retention_periods,
        MOVE_FREEZE=timedelta(days=settings.move_freeze_days),
        LOAN_LIMITS=settings.loan_limits,
        TRANSFER_TIMETABLE=timetable_of(settings),
        RETURN_WAIT=timedelta(days=settings.return_wait_days),
        MOVE_INVITATION_LIFE=timedelta(days=settings.move_invitation_days),
        TRANSFER_CODE_LIFE=timedelta(hours=settings.transfer_code_hours),
        CLOCK=clock,
    )
    app.session_interface = FormCookie()


def trust_proxies(app: Flask, hops: int) -> None:
    """Believe so many proxies what they say of where a request came from, and how."""
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
