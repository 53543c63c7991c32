"""What measuring sign-ins needs in Lanyard's database: an app with its client, and people signed in."""

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import col, select

from app.database import transaction
from app.demo import INITIATOR
from app.demo.apps import load_apps
from app.demo.organisations import organisation_ids
from bench.relying_party import Client
from identity.clients import service as clients
from identity.clients.token_metadata import GRANT_TYPES, OPAQUE, TokenMetadata
from identity.sessions import service as sessions
from identity.sessions.cookie import cookie_name
from identity.sessions.service import Limits
from profiles.apps.models import App
from profiles.disclosure import service as disclosure
from profiles.employments.models import Posting
from profiles.organisations.models import LocalGrade

REDIRECT_URI = "https://desk.example/callback"
SERVICE_SCOPE = "cases.read"
_APP = "Tax Case Desk"


def register_client(engine: Engine) -> Client:
    """Give HMRC's app a client that may do everything that is measured, with opaque access tokens."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        load_apps(session, now, organisation_ids(session), (8001, 8002))
        credentials = clients.register(
            session,
            now,
            INITIATOR,
            client_name=_APP,
            app_id=session.exec(select(App.id).where(col(App.name) == _APP)).one(),
            redirect_uris=[REDIRECT_URI],
            development=False,
            tokens=TokenMetadata(
                grant_types=GRANT_TYPES, access_token_format=OPAQUE, service_scopes=(SERVICE_SCOPE,)
            ),
        )
    return Client(credentials.client_id, credentials.client_secret, REDIRECT_URI, SERVICE_SCOPE)


def sign_in_people(engine: Engine, number: int) -> list[str]:
    """Sign in people of HMRC who may use the app and have seen its notice; their cookies."""
    now = datetime.now(UTC)
    limits = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
    cookies = []
    with transaction(engine) as session:
        app_id = session.exec(select(App.id).where(col(App.name) == _APP)).one()
        graded = select(LocalGrade.label).where(col(LocalGrade.common_grade).is_not(None))
        employees = select(Posting.person_id).where(
            col(Posting.organisation_id) == organisation_ids(session)["HMRC"],
            col(Posting.local_grade).in_(graded),
        )
        everybody = list(session.exec(employees.order_by(col(Posting.id))))
        for person_id in random.Random(2).sample(everybody, min(number, len(everybody))):
            notice = disclosure.notice_needed(session, person_id, app_id, now)
            if notice is not None:
                disclosure.acknowledge_notice(session, person_id, app_id, notice.digest, now)
            token = sessions.start(session, now, person_id=person_id, limits=limits)
            cookies.append(f"{cookie_name(https=True)}={token}")
    return cookies
