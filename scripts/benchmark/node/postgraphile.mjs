// How does PostGraphile 5 answer the same from the same tables, in the shape that it gives them?
import { createServer } from "node:http";
import { context } from "grafast";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { grafserv } from "postgraphile/grafserv/node";
import { extendSchema } from "postgraphile/utils";
import { makePgService } from "@dataplan/pg/adaptors/pg";
import { pool, port, subjectOf } from "./common.mjs";

// Who asks is known by their token; all the rest comes from the tables and from two functions beside them.
const Me = extendSchema((build) => ({
  typeDefs: "extend type Query { me: Member }",
  objects: {
    Query: { plans: { me: () => build.pgResources.member.get({ mi_account_id: context().get("subject") }) } },
  },
}));

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [Me],
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false, context: ({ node }) => ({ subject: subjectOf(node.req.headers.authorization) }) },
};

const serv = postgraphile(preset).createServ(grafserv);
const server = createServer();
await serv.addTo(server);
await serv.ready();
server.listen(port, "127.0.0.1");
process.once("SIGTERM", () => server.close(() => process.exit(0)));
