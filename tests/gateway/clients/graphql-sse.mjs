// graphql-sse: every kind of operation as a stream of its own, errors, and coming again after the server was gone.
import assert from "node:assert/strict";
import { createClient } from "graphql-sse";
import { headers, LOGIN, login, ME, saysBalance, saysLogin, saysWrong, TOLD, WRONG } from "./server.mjs";

export async function story(url) {
  const client = createClient({ url, headers });
  saysBalance((await only(client.iterate({ query: ME }))).data);
  saysLogin((await only(client.iterate({ query: LOGIN, variables: login() }))).data);
  saysWrong((await only(client.iterate({ query: WRONG }))).errors);

  const stranger = createClient({ url, headers: { Authorization: "Bearer x" }, retryAttempts: 0 });
  const refused = await only(stranger.iterate({ query: ME })).catch((error) => error);
  assert.equal(refused.response.status, 401);
}

async function only(iterator) {
  const answers = [];
  for await (const answer of iterator) answers.push(answer);
  assert.equal(answers.length, 1);
  return answers[0];
}

export const byEvents = (url, next) =>
  createClient({ url, headers }).subscribe({ query: TOLD }, { next, error: console.error, complete() {} });

// `connected` is called for every connection.
export const again = (url, next, connected) =>
  createClient({ url, headers, retryAttempts: 100, retry, on: { connected } }).subscribe(
    { query: TOLD },
    { next, error: console.error, complete: () => console.error("complete") },
  );

const retry = () => new Promise((resolve) => setTimeout(resolve, 200));
