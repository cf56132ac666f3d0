// Apollo Client 4: queries, mutations, persisted queries by POST and GET, subscriptions through graphql-ws.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import { events, headers, LOGIN, login, ME, noting, saysBalance, saysLogin, saysWrong, TOLD, WRONG } from "./server.mjs";

const speaking = (link) => new ApolloClient({ link, cache: new InMemoryCache() });

export async function story(url) {
  const client = speaking(new HttpLink({ uri: url, headers }));
  saysBalance((await client.query({ query: gql(ME) })).data);
  saysLogin((await client.mutate({ mutation: gql(LOGIN), variables: login() })).data);
  const error = await client.query({ query: gql(WRONG) }).catch((caught) => caught);
  assert.ok(CombinedGraphQLErrors.is(error));
  saysWrong(error.errors);

  for (const useGETForHashedQueries of [false, true]) await persist(url, useGETForHashedQueries);
}

// The first asks by the hash, is told that it is not known, and brings the text along; the second needs the hash alone.
async function persist(url, useGETForHashedQueries) {
  const hashed = useGETForHashedQueries ? "GET" : "POST";
  const query = gql(ME.replace("Me", `Persisted${hashed}`));
  assert.deepEqual(await asked(url, query, useGETForHashedQueries), [`${hashed} hash`, "POST hash text"]);
  assert.deepEqual(await asked(url, query, useGETForHashedQueries), [`${hashed} hash`]);
}

async function asked(url, query, useGETForHashedQueries) {
  const noted = [];
  const sha256 = (text) => createHash("sha256").update(text).digest("hex");
  const persisting = new PersistedQueryLink({ sha256, useGETForHashedQueries });
  const client = speaking(persisting.concat(new HttpLink({ uri: url, headers, fetch: noting(noted) })));
  saysBalance((await client.query({ query })).data);
  return noted.map(({ method, parameters, body }) => {
    const sent = body === undefined ? Object.fromEntries(parameters) : JSON.parse(body);
    return [method, sent.extensions ? "hash" : "", sent.query ? "text" : ""].filter(Boolean).join(" ");
  });
}

export function bySocket(url, next) {
  const link = new GraphQLWsLink(createClient({ url: events(url), connectionParams: headers }));
  const subscription = speaking(link).subscribe({ query: gql(TOLD) }).subscribe({ next });
  return () => subscription.unsubscribe();
}
