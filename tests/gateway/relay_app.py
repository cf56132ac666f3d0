"""What does a Relay app ask that is made of sixty components, each with its fragment?"""

CARDS = [  # what a component needs of a member; each is put together of three smaller ones
    ("Balance", "balance { available pending value { amount currency } }"),
    ("Fuel", "fuel { day tappedToday nextTapPoints }"),
    ("Header", "displayName market balance { available }"),
    ("Activities", "activities(first: 3) { edges { node { id ...ActivitiesRow } cursor } pageInfo { hasNextPage } }"),
    ("Coupons", "coupons(first: 3) { edges { node { id ...CouponsRow } cursor } pageInfo { hasNextPage } }"),
    ("Statement", "statement(first: 3) { edges { node { id ...StatementRow } cursor } pageInfo { hasNextPage } }"),
    ("Notices", "notices(first: 3) { edges { node { id ...NoticesRow } cursor } pageInfo { hasNextPage } }"),
    ("Standing", "status enrolledAt timeZone"),
    ("Expiring", "balance { expiring(withinDays: 30) available }"),
    ("Profile", "displayName timeZone market"),
    ("Debt", "balance { debt available }"),
    ("Badge", "displayName status"),
    ("Worth", "balance { value { amount currency } }"),
]
ROWS = [
    ("ActivitiesRow", "Activity", "title points status occurredAt"),
    ("CouponsRow", "Coupon", "code status value { amount currency }"),
    ("StatementRow", "Entry", "title points at"),
    ("NoticesRow", "Notice", "text at"),
]


def fragments() -> list[str]:
    """Sixty of them: as Relay prints them, each with the id of what it is about."""
    written = []
    for name, needs in CARDS:
        parts = " ".join(f"...{name}Part{at}" for at in range(3))
        written.append(f"fragment {name} on Member {{\n  id\n  {parts}\n  {needs}\n}}")
        written += [f"fragment {name}Part{at} on Member {{\n  id\n  {needs}\n}}" for at in range(3)]
    for name, kind, needs in ROWS:
        written.append(f"fragment {name} on {kind} {{\n  id\n  ...{name}Title\n  {needs}\n}}")
        written.append(f"fragment {name}Title on {kind} {{\n  id\n  {needs}\n}}")
    return written


RELAY_APP = (
    "query AppQuery {\n  me {\n    id\n    " + " ".join(f"...{name}" for name, _ in CARDS) + "\n  }\n}\n\n"
) + "\n\n".join(fragments())
