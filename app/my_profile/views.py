"""Your profile, your apps and who has seen your data: for the person alone."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, proved_here, signed_in_person
from app.bulk_moves.presenting import view_of as bulk_view_of
from app.loans.presenting import views_of as loan_views_of
from app.my_profile.blueprint import blueprint
from app.my_profile.record import Record
from app.my_profile.role_requests import request_rows
from app.my_profile.tasks import count_tasks
from app.request_transaction import request_session, request_time
from app.transfers.presenting import in_words, views_of
from identity.clients.third_party_login import starting_addresses
from identity.context import current
from identity.sign_in import alerts
from identity.sign_in.offered import find_deadline
from profiles.access_policy.requests import count_waiting
from profiles.bulk_moves import pay_corrections as bulk_pay_corrections
from profiles.bulk_moves import reading as bulk_moves
from profiles.disclosure.service import release_log
from profiles.employments.breaks import breaks_to_come
from profiles.employments.service import current_postings
from profiles.entitlements.explanation import explain
from profiles.entitlements.service import access_of
from profiles.loans import acting
from profiles.loans import reading as loans
from profiles.merges.unions import ids_of
from profiles.people.service import display_name, name_of
from profiles.questions.service import of_releases
from profiles.roles.permissions import signed_in
from profiles.transfers import owners, pay_corrections
from profiles.transfers import service as transfers


@blueprint.get("/")
@signed_in()
def home() -> Response:
    """Everybody begins at their own profile."""
    return redirect(url_for("my_profile.profile"))


@blueprint.get("/profile")
@signed_in()
def profile() -> str:
    """Everything that is recorded of the person, with its history."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    mine = [one for one in transfers.of_person(session, person_id) if one.in_flight]
    postings = current_postings(session, person_id, now)
    waiting = (
        len(owners.waiting_for(session, person_id, permissions(), now))
        + len(owners.blocked_for(session, person_id, permissions()))
        + len(pay_corrections.waiting_for(session, person_id, permissions()))
        + len(bulk_pay_corrections.waiting_for(session, permissions(), person_id))
    )
    return render_template(
        "my_profile/profile.html",
        name=display_name(name_of(session, person_id, now)),
        record=Record(session, person_id, now),
        posting=postings[0] if postings else None,
        breaks=breaks_to_come(session, person_id, now),
        moves=views_of(session, mine, now),
        lent=loan_views_of(
            session, [one for one in loans.of_person(session, person_id) if one.in_flight], now
        ),
        moves_with_many=[
            (bulk_view_of(session, move, now), member)
            for move, member in bulk_moves.of_person(session, person_id)
            if member.in_flight or member.wrong_items
        ],
        loans_waiting=len(acting.waiting_for_security(session, person_id, permissions(), now)),
        asked_for=count_waiting(session, permissions(), now),
        waiting=waiting,
        tasks=count_tasks(session, now) if permissions().any or waiting else None,
        deadline=find_deadline(session, person_id),
        is_officer=permissions().any,
        unread=alerts.count_unread(session, person_id, now),
        proved_here=proved_here(),
        prove_path=url_for("sign_in.sign_in", next=url_for("my_profile.profile"), fresh="1"),
    )


@blueprint.get("/profile/apps")
@signed_in()
def apps() -> str:
    """Each app, allowed or refused, and why; an open one is a link that begins its sign-in where it can."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    found = access_of(session, person_id, now)
    starts = starting_addresses(session, [rules.app_id for rules, _ in found], current().settings.issuer)
    shown = [
        {
            "name": rules.app_name,
            "organisation": rules.organisation_name(now),
            "href": starts.get(rules.app_id, rules.home_url),
            "allowed": decision.allowed,
            "roles": [rules.label_of(role) for role in decision.roles],
            "reasons": [in_words(sentence) for sentence in explain(decision)],
            "how_to_ask": decision.how_to_ask,
            "ask_href": url_for("my_profile.ask_for_role", app_id=rules.app_id)
            if len(rules.roles) > len(decision.roles)
            else "",
        }
        for rules, decision in found
    ]
    return render_template(
        "my_profile/apps.html",
        allowed=[app for app in shown if app["allowed"]],
        refused=[app for app in shown if not app["allowed"]],
        requests=request_rows(),
    )


@blueprint.get("/profile/disclosures")
@signed_in()
def disclosures() -> str:
    """Which app was told what, when and why."""
    session = request_session()
    found = release_log(
        session,
        signed_in_person(),
        request_time(),
        request.args.get("page", 1, int),
        with_records=ids_of(session, signed_in_person()),
    )
    return render_template(
        "my_profile/disclosures.html",
        log=found,
        asked=of_releases(session, {line.disclosure_id for line in found.lines}),
        in_words=in_words,
        href_of=lambda number: url_for("my_profile.disclosures", page=number),
    )
