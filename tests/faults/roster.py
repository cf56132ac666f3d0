"""Which faults of money does the suite seed on purpose?"""

from tests.activities import test_seeded_faults as activities
from tests.activities import test_swift_faults as swift
from tests.campaigns import test_seeded_faults as campaigns
from tests.checkout import test_seeded_faults as payments
from tests.coupons import test_seeded_faults as coupons
from tests.coupons import test_till_faults as till
from tests.faults.fault import Fault
from tests.ledger import faults as ledger
from tests.ledger import hold_faults as holds
from tests.ledger import test_archive_faults as archive
from tests.ledger import test_clock_faults as clock
from tests.ledger import test_due_faults as due
from tests.ledger import test_guard_faults as guards
from tests.notices import test_seeded_faults as notices
from tests.orders import test_seeded_faults as orders
from tests.programmes import test_seeded_faults as programmes
from tests.requests import test_seeded_faults as requests
from tests.staff import test_seeded_faults as staff
from tests.staff import test_silent_faults as silent_staff

ROSTER: tuple[Fault, ...] = (
    *requests.FAULTS,
    *ledger.FAULTS,
    *ledger.SILENT_FAULTS,
    *holds.FAULTS,
    *holds.SILENT_FAULTS,
    *payments.FAULTS,
    *clock.FAULTS,
    *archive.FAULTS,
    *due.FAULTS,
    *guards.FAULTS,
    *activities.FAULTS,
    *swift.FAULTS,
    *orders.FAULTS,
    *coupons.FAULTS,
    *till.FAULTS,
    *campaigns.FAULTS,
    *programmes.FAULTS,
    *notices.FAULTS,
    *staff.FAULTS,
    *silent_staff.FAULTS,
)
