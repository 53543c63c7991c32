"""The transaction rule: 2xx and 3xx commit, anything else rolls back."""

from collections.abc import Callable

import pytest
from flask import Flask, abort, redirect
from sqlmodel import select

from app.database import transaction
from app.request_transaction import own_transaction, reading, request_session
from profiles.errors import Conflict
from profiles.organisations.models import Organisation, OrganisationKind
from profiles.roles.permissions import public


def write() -> None:
    organisation = Organisation(code="HMRC", kind=OrganisationKind.DEPARTMENT)
    request_session(writes=True).add(organisation)


def kept(app: Flask) -> bool:
    with transaction(app.extensions["engine"], writes=False) as session:
        return session.exec(select(Organisation)).first() is not None


def answer_ok() -> str:
    write()
    return "done"


def answer_elsewhere() -> object:
    write()
    return redirect("/")


def answer_bad_request() -> object:
    write()
    return "no", 400


def stop() -> None:
    write()
    abort(404)


def refuse() -> None:
    write()
    raise Conflict("Somebody was first.")


def crash() -> None:
    write()
    raise ZeroDivisionError


def note_and_refuse() -> None:
    with own_transaction() as session:
        session.add(Organisation(code="HMRC", kind=OrganisationKind.DEPARTMENT))
    abort(403)


@pytest.mark.parametrize(
    ("view", "status", "stays"),
    [
        (answer_ok, 200, True),
        (answer_elsewhere, 302, True),
        (answer_bad_request, 400, False),
        (stop, 404, False),
        (refuse, 409, False),
        (crash, 500, False),
        (note_and_refuse, 403, True),
    ],
)
def test_what_stays(app: Flask, view: Callable[[], object], status: int, stays: bool) -> None:
    app.add_url_rule("/view", view_func=public(view))
    assert app.test_client().get("/view").status_code == status
    assert kept(app) is stays


def test_two_writes_that_exclude_each_other_answer_conflict(app: Flask) -> None:
    @public
    def twice() -> str:
        write()
        write()
        request_session().flush()
        return "done"

    app.add_url_rule("/view", view_func=twice)
    assert app.test_client().get("/view").status_code == 409
    assert not kept(app)


def test_a_commit_that_fails_is_answered_like_any_refusal(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    @public
    def twice() -> str:
        write()
        write()
        return "done"

    app.add_url_rule("/view", view_func=twice)
    answer = app.test_client().get("/view")
    assert answer.status_code == 409
    assert "Content-Security-Policy" in answer.headers
    assert "HMRC" not in "".join(capfd.readouterr())
    assert not kept(app)


def test_a_session_opened_for_reading_refuses_to_write(app: Flask) -> None:
    @public
    def late() -> str:
        request_session()
        request_session(writes=True)
        return "done"

    app.add_url_rule("/view", view_func=late)
    with app.test_request_context("/view"), pytest.raises(RuntimeError):
        late()


def test_reading_sees_what_was_committed(app: Flask) -> None:
    with app.test_request_context("/"), reading() as session:
        assert session.exec(select(Organisation)).first() is None
