"""Which requests of staff about a member can be sent again, and which of a member who leaves?"""

from tests.api.again import ACTIVITY, Request
from tests.api.asking import done
from tests.api.makers import enrolled
from tests.client import STAFF, Who


async def adjust_points() -> Request:
    given = {"miAccountId": (await enrolled()).subject, "points": 5, "reason": "A late delivery"}
    return Request(STAFF, "adjustPoints", given, ACTIVITY, {"points": 6}, {}, Who("staff", "other"))


async def approve_adjustment() -> Request:
    asked = [{**(await adjust_points()).given, "points": 10_001} for _ in range(2)]
    waiting = [await done(Who("staff", "asker"), "adjustPoints", "activity { id }", **each) for each in asked]
    given, changed = [{"activityId": each["activity"]["id"]} for each in waiting]
    return Request(STAFF, "approveAdjustment", given, ACTIVITY, changed, {}, Who("staff", "other"))


async def suspend_member() -> Request:
    given = {"miAccountId": (await enrolled()).subject, "suspended": True, "reason": "Many accounts of one person"}
    return Request(STAFF, "suspendMember", given, "member { id }", {"suspended": False}, {}, Who("staff", "other"))


async def close_account() -> Request:
    who, other = await enrolled(), await enrolled(points=51)
    return Request(who, "closeAccount", {"forfeitPoints": 50}, "member { id }", {"forfeitPoints": 51}, {}, other)


async def export_member() -> Request:
    given, changed = [{"miAccountId": (await enrolled()).subject} for _ in range(2)]
    return Request(STAFF, "exportMember", given, "document", changed, {}, Who("staff", "other"))


async def erase_member() -> Request:
    exported = await export_member()
    return Request(STAFF, "eraseMember", exported.given, "member { id }", exported.changed, {}, exported.other)


async def change_time_zone() -> Request:
    given = {"miAccountId": (await enrolled()).subject, "timeZone": "Atlantic/Canary"}
    changed = {"timeZone": "Europe/Madrid"}
    return Request(STAFF, "changeTimeZone", given, "member { id timeZone }", changed, {}, Who("staff", "other"))
