"""Which earning rules does a document state, and do they make sense?"""

import re

from app.rules.reading import Table
from app.rules.terms import EarningRule, Kind, Period, Posts

GREATEST_POINTS = 10**7
MOST_RULES = 100

# The rules that have names and explanations of their own in every language, with the activity that each rewards.
NAMED_RULES = {
    "REGISTRATION": Kind.REGISTRATION,
    "APP_LOGIN": Kind.APP_LOGIN,
    "PURCHASE": Kind.PURCHASE,
    "SHARE": Kind.SHARE,
    "REVIEW": Kind.REVIEW,
    "FUEL": Kind.FUEL,
    "FUEL_STREAK": Kind.FUEL,
}
RESERVED_NAMES = frozenset({"CAMPAIGN", "ADJUSTMENT"})
OF_A_PRODUCT = (Kind.SHARE, Kind.REVIEW)


def read_rules(rules: Table) -> tuple[EarningRule, ...]:
    """The rules of one market, in the document's order; what does not make sense is noted."""
    read: list[EarningRule] = []
    names = rules.names()
    if len(names) > MOST_RULES:
        rules.problems.note(rules.path, f"must be at most {MOST_RULES}")
    for name in names[:MOST_RULES]:
        table = rules.inside(name)
        rule = _rule(name, table)
        _judge(rule, table)
        twin = next((other for other in read if _same_case(rule, other)), None)
        if twin is not None:
            table.problems.note(table.path, f"rewards the same activity as {twin.rule}")
        read.append(rule)
    return tuple(read)


def _rule(name: str, table: Table) -> EarningRule:
    rule = EarningRule(
        rule=name,
        trigger=table.choice("trigger", Kind),
        code=table.text("code", pattern=r"[A-Z0-9][A-Z0-9_-]{0,39}", words="a code") if table.has("code") else None,
        points=table.number("points", 1, GREATEST_POINTS),
        per_unit=table.flag("per_unit"),
        limit=table.number_or_none("limit", 1, GREATEST_POINTS),
        period=table.choice("period", Period) if table.has("period") else None,
        posts=table.choice("posts", Posts),
        every_days=table.number_or_none("every_days", 2, 366),
        titles=_titles(table),
    )
    table.nothing_else()
    return rule


def _titles(table: Table) -> dict[str, str]:
    if not table.has("titles"):
        return {}
    titles = table.inside("titles")
    for locale in titles.names():
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", locale):
            titles.note(locale, 'must be named by a locale such as "es"')
    return {locale: titles.text(locale) for locale in titles.names()}


def _judge(rule: EarningRule, table: Table) -> None:
    """Notes what each value allows and their combination does not."""
    custom = rule.trigger is Kind.CUSTOM
    wrong = {
        "trigger": not custom and NAMED_RULES.get(rule.rule) != rule.trigger,
        "code": custom != (rule.code is not None),
        "titles": custom != bool(rule.titles),
        "per_unit": rule.per_unit and rule.trigger is not Kind.PURCHASE,
        "limit": (rule.limit is None) != (rule.period is None),
        "period": rule.period is Period.PRODUCT and rule.trigger not in OF_A_PRODUCT,
        "posts": rule.posts is Posts.ON_APPROVAL and rule.trigger is not Kind.REVIEW,
        "every_days": (rule.rule == "FUEL_STREAK") != (rule.every_days is not None),
    }
    for key in (key for key, is_wrong in wrong.items() if is_wrong):
        table.note(key, WRONG_TOGETHER[key])
    if rule.rule in RESERVED_NAMES or (custom and rule.rule in NAMED_RULES) or not _is_name(rule.rule):
        table.problems.note(table.path, "is not a name that a rule can have here")


WRONG_TOGETHER = {
    "trigger": "only a rule of the programme's own has such a trigger, each its own; others need CUSTOM",
    "code": "a rule on CUSTOM needs the code of its activity, others have none",
    "titles": "a rule on CUSTOM needs titles, others have theirs in every language already",
    "per_unit": "only a purchase has units of a currency",
    "limit": "limit and period need each other",
    "period": "only a share or a review is of a product",
    "posts": "only a review is approved",
    "every_days": "FUEL_STREAK needs it, other rules have none",
}


def _same_case(rule: EarningRule, other: EarningRule) -> bool:
    """Would both reward one activity for the same thing?"""
    streaks = (rule.every_days is None, other.every_days is None)
    return (rule.trigger, rule.code) == (other.trigger, other.code) and streaks[0] == streaks[1]


def _is_name(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name.isupper() and len(name) <= 40
