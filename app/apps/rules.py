"""Access rules in plain English."""

from datetime import datetime

from app.translation import gettext as _
from profiles.employments.models import PostingKind
from profiles.entitlements.explanation import with_article
from profiles.entitlements.facts import AppRules, RuleFact
from profiles.organisations.grades import CommonGrade


def rule_in_words(rule: RuleFact, rules: AppRules, now: datetime) -> str:
    """Whom a rule gives its role: every condition, in one sentence."""
    said = [_grades(rule.grade_from, rule.grade_to)]
    if rule.profession is not None:
        said.append(_("of the %(profession)s profession", profession=rule.profession))
    if rule.posting_kind == PostingKind.HOST:
        said.append(_("on loan"))
    elif rule.posting_kind == PostingKind.HOME:
        said.append(_("in a home posting"))
    if rule.organisation_id is not None:
        name = with_article(rules.surroundings.name_of(rule.organisation_id, now))
        if rule.include_subtree:
            said.append(_("in %(organisation)s or below it", organisation=name))
        else:
            said.append(_("in %(organisation)s itself", organisation=name))
    if rule.least_clearance is not None:
        said.append(_("with %(level)s or higher that can be used there", level=rule.least_clearance))
    return _("%(conditions)s.", conditions=" ".join(said))


def _grades(lowest: CommonGrade | None, highest: CommonGrade | None) -> str:
    if lowest is None:
        if highest is None:
            return _("Everybody")
        return _("Grades up to %(highest)s", highest=highest.value)
    if highest is None:
        return _("%(lowest)s and above", lowest=lowest.value)
    if lowest is highest:
        return lowest.value
    return _("%(lowest)s to %(highest)s", lowest=lowest.value, highest=highest.value)
