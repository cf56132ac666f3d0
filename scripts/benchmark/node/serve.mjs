// How is a contender on Mercurius served: compiled documents, persisted ones as well, a token's check for each request?
import Fastify from "fastify";
import mercurius from "mercurius";
import { pool, port, subjectOf } from "./common.mjs";
import { schema } from "./schema.mjs";

export async function serve(resolvers, loaders = {}) {
  const app = Fastify();
  app.register(mercurius, {
    schema,
    resolvers,
    loaders,
    jit: 1,
    path: "/graphql",
    persistedQueryProvider: mercurius.persistedQueryDefaults.automatic(),
    context: (request) => ({ subject: subjectOf(request.headers.authorization) }),
  });
  app.addHook("onClose", () => pool.end());
  await app.listen({ port, host: "127.0.0.1" });
  process.once("SIGTERM", () => app.close());
}
