// graphql-ws: every kind of operation on one connection, errors, and coming again after the server was gone.
import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import { events, headers, LOGIN, login, ME, saysBalance, saysLogin, saysWrong, TOLD, WRONG } from "./server.mjs";

const opening = (url, more = {}) => createClient({ url: events(url), connectionParams: headers, ...more });

export async function story(url) {
  const client = opening(url);
  saysBalance((await only(client.iterate({ query: ME }))).data);
  saysLogin((await only(client.iterate({ query: LOGIN, variables: login() }))).data);
  saysWrong(await only(client.iterate({ query: WRONG })).catch((errors) => errors));
  await client.dispose();

  const stranger = opening(url, { connectionParams: { Authorization: "Bearer x" }, retryAttempts: 0 });
  const closed = await only(stranger.iterate({ query: ME })).catch((event) => event);
  assert.deepEqual([closed.code, closed.reason], [4403, "The token is not valid"]);
}

async function only(iterator) {
  const answers = [];
  for await (const answer of iterator) answers.push(answer);
  assert.equal(answers.length, 1);
  return answers[0];
}

export const bySocket = (url, next) => opening(url).subscribe({ query: TOLD }, { next, error: console.error, complete() {} });

// `connected` is called for every connection.
export const again = (url, next, connected) =>
  opening(url, { retryAttempts: 100, retryWait, shouldRetry: () => true, on: { connected } }).subscribe(
    { query: TOLD },
    { next, error: console.error, complete: () => console.error("complete") },
  );

const retryWait = () => new Promise((resolve) => setTimeout(resolve, 200));
