"""The inbox shows mail in development, and is not there anywhere else."""

from app import create_app
from app.database import transaction
from profiles.outbox.service import send_mail
from tests.app.page_checks import check_page


def test_mail_is_shown_with_its_links(app, now):
    with transaction(app.extensions["engine"]) as session:
        send_mail(session, "a@example.gov.uk", "Welcome", "Open http://localhost/invitation/x <b>", now=now)
    answer = app.test_client().get("/inbox")
    assert 'href="http://localhost/invitation/x"' in answer.text
    assert "&lt;b&gt;" in answer.text
    check_page(answer.text)


def test_an_empty_inbox_says_so(app):
    answer = app.test_client().get("/inbox")
    assert "There is no mail" in answer.text
    check_page(answer.text)


def test_there_is_no_inbox_in_production(settings):
    production = settings.model_copy(
        update={"environment": "production", "issuer": "https://lanyard.example"}
    )
    app = create_app(production)
    assert app.test_client().get("/inbox").status_code == 404
    app.extensions["engine"].dispose()
