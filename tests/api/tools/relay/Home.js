// What does the first screen of a Relay app ask?
import { graphql } from "relay-runtime";

export const home = graphql`
  query HomeQuery($market: MarketCode!) {
    me {
      ...Account_member
      ...Activities_member
    }
    programme(market: $market) {
      termsVersion
      exclusions(first: 10) {
        edges { node { sku category } }
      }
    }
    ...Offers_query @arguments(market: $market)
  }
`;
