// What do both contenders on Mercurius serve?
export const schema = `
  type Query {
    me: Member
    couponOffers(first: Int = 20): CouponOfferConnection!
    campaigns(first: Int = 20): CampaignConnection!
  }
  type Mutation { redeemCoupon(input: RedeemCouponInput!): RedeemCouponPayload }
  input RedeemCouponInput { idempotencyKey: String! offerId: ID! }
  type RedeemCouponPayload { coupon: Coupon member: Member userErrors: [UserError!]! }
  type Coupon { id: ID! code: String! }
  type UserError { code: String! }
  enum MemberStatus { ACTIVE SUSPENDED CLOSED }
  enum ActivityKind { REGISTRATION APP_LOGIN PURCHASE SHARE REVIEW FUEL CUSTOM ADJUSTMENT }
  enum AwardStatus { PENDING POSTED WITHDRAWN EXPIRED NONE }
  enum CurrencyCode { EUR GBP }
  type Member {
    displayName: String
    status: MemberStatus!
    balance: Balance!
    activities(first: Int = 20): ActivityConnection!
  }
  type Balance { available: Int! pending: Int! reserved: Int! debt: Int! posted: Int! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type ActivityConnection { edges: [ActivityEdge!]! pageInfo: PageInfo! }
  type ActivityEdge { cursor: String! node: Activity! }
  type Activity { id: ID! kind: ActivityKind! points: Int! status: AwardStatus! occurredAt: String! }
  type CouponOfferConnection { edges: [CouponOfferEdge!]! }
  type CouponOfferEdge { node: CouponOffer! }
  type CouponOffer { id: ID! title: String! price: Int! stockLeft: Int value: Money! }
  type Money { amount: String! currency: CurrencyCode! }
  type CampaignConnection { edges: [CampaignEdge!]! }
  type CampaignEdge { node: Campaign! }
  type Campaign { slug: String! title: String! trigger: ActivityKind! bonusPoints: Int }
`;
