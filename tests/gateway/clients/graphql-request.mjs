// graphql-request: queries, mutations, GET, and the shape of its errors.
import assert from "node:assert/strict";
import { ClientError, GraphQLClient } from "graphql-request";
import { headers, LOGIN, login, ME, noting, saysBalance, saysLogin, saysWrong, WRONG } from "./server.mjs";

export async function story(url) {
  const client = new GraphQLClient(url, { headers });
  saysBalance(await client.request(ME));
  saysLogin(await client.request(LOGIN, login()));

  const asked = [];
  const getting = new GraphQLClient(url, { headers, method: "GET", jsonSerializer: JSON, fetch: noting(asked) });
  saysBalance(await getting.request(ME));
  assert.equal(asked[0].method, "GET");

  const error = await client.request(WRONG).catch((caught) => caught);
  assert.ok(error instanceof ClientError);
  saysWrong(error.response.errors);
}
