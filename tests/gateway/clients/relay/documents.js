// What relay.mjs asks, for Relay's compiler.
import { graphql } from "relay-runtime";

graphql`
  query documentsMeQuery {
    me {
      id
      balance {
        available
      }
    }
  }
`;

graphql`
  mutation documentsLoginMutation($input: RecordAppLoginInput!) {
    recordAppLogin(input: $input) {
      activity {
        kind
      }
      userErrors {
        code
      }
    }
  }
`;

graphql`
  subscription documentsToldSubscription {
    activityRecorded {
      id
      kind
    }
  }
`;
