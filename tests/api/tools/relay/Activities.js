// How does a Relay app page through a list, both ways, and let what is new appear at its top?
import { graphql } from "relay-runtime";

export const activities = graphql`
  fragment Activities_member on Member
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 10 }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  )
  @refetchable(queryName: "ActivitiesPageQuery") {
    activities(first: $first, after: $after, last: $last, before: $before, kinds: [PURCHASE, FUEL])
    @connection(key: "Activities_activities") {
      edges { node { title points status awards { title points } } }
    }
  }
`;

export const recorded = graphql`
  subscription ActivitiesSubscription($connections: [ID!]!) {
    activityRecorded @prependNode(connections: $connections, edgeTypeName: "ActivityEdge") {
      title
      points
    }
  }
`;
