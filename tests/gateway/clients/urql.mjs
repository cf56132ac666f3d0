// @urql/core: queries, mutations, GET, subscriptions as events and through graphql-ws.
import assert from "node:assert/strict";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import { events, headers, LOGIN, login, ME, noting, saysBalance, saysLogin, saysWrong, TOLD, WRONG } from "./server.mjs";

const asking = (url, more = {}) => new Client({ url, exchanges: [fetchExchange], fetchOptions: { headers }, ...more });

export async function story(url) {
  const asked = [];
  const client = asking(url, { preferGetMethod: false, fetch: noting(asked) });
  saysBalance((await client.query(ME, {}).toPromise()).data);
  saysLogin((await client.mutation(LOGIN, login()).toPromise()).data);
  saysWrong((await client.query(WRONG, {}).toPromise()).error.graphQLErrors);
  assert.deepEqual(asked.map(({ method }) => method), ["POST", "POST", "POST"]);

  const got = [];
  const getting = asking(url, { preferGetMethod: "force", fetch: noting(got) });
  saysBalance((await getting.query(ME, {}).toPromise()).data);
  assert.equal(got[0].method, "GET");
}

export function byEvents(url, next) {
  const client = asking(url, { fetchSubscriptions: true });
  return client.subscription(TOLD, {}).subscribe(next).unsubscribe;
}

export function bySocket(url, next) {
  const socket = createClient({ url: events(url), connectionParams: headers });
  const forward = (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink) }),
  });
  const client = asking(url, { exchanges: [subscriptionExchange({ forwardSubscription: forward })] });
  return client.subscription(TOLD, {}).subscribe(next).unsubscribe;
}
