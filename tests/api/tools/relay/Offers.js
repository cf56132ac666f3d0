// How does a Relay app show the catalogue, and redeem from it?
import { graphql } from "relay-runtime";

export const offers = graphql`
  fragment Offers_query on Query
  @argumentDefinitions(
    market: { type: "MarketCode!" }
    count: { type: "Int", defaultValue: 10 }
    cursor: { type: "String" }
  )
  @refetchable(queryName: "OffersPageQuery") {
    couponOffers(first: $count, after: $cursor, market: $market) @connection(key: "Offers_couponOffers") {
      edges {
        node {
          title
          price
          blockedBy { code message ... on InsufficientPoints { missing } }
        }
      }
    }
  }
`;

export const redeem = graphql`
  mutation OffersRedeemMutation($input: RedeemCouponInput!, $connections: [ID!]!) {
    redeemCoupon(input: $input) {
      coupon @prependNode(connections: $connections, edgeTypeName: "CouponEdge") { code status }
      member { ...Account_member }
      userErrors { code message field }
    }
  }
`;
