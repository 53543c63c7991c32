"""The page for whoever has signed in, but not in a way that their organisation, or the platform, accepts.

It leads on to a way that they have and that is accepted, or to setting one up; nothing else is open to them.
"""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from identity.context import current
from identity.sessions.cookie import signed_in_now
from identity.sign_in import passkeys
from identity.sign_in.asked import Asked, asked
from identity.sign_in.blueprint import blueprint
from identity.sign_in.offered import has_accepted, has_password, policy_for
from profiles.roles.permissions import signed_in
from profiles.sign_in.models import Method


@blueprint.get("/sign-in/set-up")
@signed_in(while_limited=True)
def set_up() -> Response:
    """Say what is accepted, and what the person can do about it now."""
    here, next_path, context = signed_in_now(), asked().next_path, current()
    if here is None or not here.is_limited:
        return redirect(next_path, 303)
    with context.reading() as session:
        policy = policy_for(session, here.person_id)
        if has_accepted(session, here.person_id, policy):
            confirm = Asked(next_path, fresh=True, level=policy.entry_level, insists=True)
            return redirect(url_for("sign_in.sign_in", **confirm.as_query()), 303)
        knows_password = has_password(session, here.person_id)
        can_prove = knows_password or bool(passkeys.known_of(session, here.person_id))
    page = render_template(
        "sign_in/set_up.html",
        next_path=request.args.get("next"),
        can_prove=can_prove,
        attested=policy.wants_attestation,
        offers_codes=knows_password and Method.PASSWORD_AND_CODE in policy.methods,
        offers_department=Method.DEPARTMENT in policy.methods,
    )
    return make_response(page)
