// What does a Relay app show of an account, and follow as it changes?
import { graphql } from "relay-runtime";

export const account = graphql`
  fragment Account_member on Member @refetchable(queryName: "AccountRefetchQuery") {
    displayName
    balance { ...Account_balance }
    fuel { day tappedToday week { date points } }
  }
`;

export const balance = graphql`
  fragment Account_balance on Balance {
    available
    value { amount currency }
    expiring(withinDays: 30)
  }
`;

export const changed = graphql`
  subscription AccountSubscription {
    balanceChanged {
      ...Account_balance
      member { id }
    }
  }
`;
