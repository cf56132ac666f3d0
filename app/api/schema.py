"""What is the public schema, and how is it printed?"""

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import get_object_definition

from app.api.audit import AuditQueries
from app.api.bought import OrderQueries
from app.api.campaigns import CampaignQueries
from app.api.checkout_quote import CheckoutQueries
from app.api.coupon_use import CouponUseMutations, CouponUseQueries
from app.api.coupons import CouponQueries
from app.api.earning import EarningMutations
from app.api.enrolment import EnrolmentMutations
from app.api.errors import USER_ERRORS
from app.api.launching import CampaignMutations
from app.api.liability import LiabilityQueries
from app.api.members import MemberQueries
from app.api.nodes import NodeQueries
from app.api.offers import OfferMutations
from app.api.orders import OrderMutations
from app.api.parked import ParkedQueries
from app.api.paying import PayingMutations
from app.api.previews import PreviewQueries
from app.api.programmes import ProgrammeQueries
from app.api.quotes import QuoteQueries
from app.api.redeeming import RedeemingMutations
from app.api.requests import RequestQueries
from app.api.returns import ReturnMutations
from app.api.reviews import ReviewMutations
from app.api.revisions import RevisionMutations
from app.api.roles import RoleEnforcingExecution, declared_roles, guard_sources
from app.api.scalars import SCALARS
from app.api.shares import ShareMutations
from app.api.staff import SandboxMutations, StaffMutations, StaffQueries
from app.api.subscriptions import MemberSubscriptions

QUERIES = (
    MemberQueries,
    NodeQueries,
    ProgrammeQueries,
    CouponQueries,
    CouponUseQueries,
    CheckoutQueries,
    RequestQueries,
    StaffQueries,
    AuditQueries,
    OrderQueries,
    ParkedQueries,
    LiabilityQueries,
    CampaignQueries,
    PreviewQueries,
    QuoteQueries,
)
MUTATIONS = (
    EnrolmentMutations,
    EarningMutations,
    RedeemingMutations,
    CouponUseMutations,
    OfferMutations,
    OrderMutations,
    PayingMutations,
    ReviewMutations,
    ReturnMutations,
    ShareMutations,
    StaffMutations,
    CampaignMutations,
    RevisionMutations,
)
SUBSCRIPTIONS = (MemberSubscriptions,)


def build_schema(profile: str) -> strawberry.Schema:
    """The schema of a profile; only `development` has the sandbox clock. Build it once a process.

    Raises LookupError when a root field does not declare its roles: a bug that must not be served.
    """
    sandbox = (SandboxMutations,) if profile == "development" else ()
    schema = strawberry.Schema(
        query=_root("Query", QUERIES, "What may be asked."),
        mutation=_root("Mutation", (*MUTATIONS, *sandbox), "What may be done, each once by its idempotency key."),
        subscription=_root("Subscription", SUBSCRIPTIONS, "What is told as it happens."),
        types=USER_ERRORS,
        config=StrawberryConfig(scalar_map=SCALARS),
        execution_context_class=RoleEnforcingExecution,
    )
    if undeclared := [name for name, roles in declared_roles(schema._schema).items() if roles is None]:
        raise LookupError(f"no roles are declared for {undeclared}")
    guard_sources(schema._schema)
    return schema


def _root(name: str, parts: tuple[type, ...], description: str) -> type:
    merged = merge_types(name, parts)
    get_object_definition(merged, strict=True).description = description
    return merged


def sdl() -> str:
    """The development schema as text, as it stands in schema.graphql."""
    return build_schema("development").as_str() + "\n"
