"""How do types of different files name each other without importing each other?"""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from app.api.activities import Activity
    from app.api.checkout import Reservation
    from app.api.coupons import Coupon
    from app.api.members import Member

LazyMember = Annotated["Member", strawberry.lazy("app.api.members")]
LazyActivity = Annotated["Activity", strawberry.lazy("app.api.activities")]
LazyCoupon = Annotated["Coupon", strawberry.lazy("app.api.coupons")]
LazyReservation = Annotated["Reservation", strawberry.lazy("app.api.checkout")]
