// How do the scripts know the server, the member they speak for, and what they ask?
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

export const TOKEN = process.env.TOKEN;
export const headers = { Authorization: `Bearer ${TOKEN}` };
export const ME = "query Me { me { balance { available } } }";
export const LOGIN = "mutation Login($input: RecordAppLoginInput!) { recordAppLogin(input: $input) { activity { kind } userErrors { code } } }";
export const TOLD = "subscription Told { activityRecorded { id kind } }";
export const WRONG = "query Wrong { meself { id } }";

// The input of a login that was not recorded yet.
export const login = () => ({ input: { idempotencyKey: randomUUID(), deviceId: randomUUID() } });

export const events = (url) => url.replace(/^http/, "ws");

// What came of a request without any client.
export async function post(url, query, variables) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const body = await answer.json();
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  return body.data;
}

// A fetch that notes what it was asked for: the method, the query string, and the body.
export function noting(asked) {
  return (address, options) => {
    const url = new URL(address.toString());
    asked.push({ method: options?.method ?? "GET", parameters: url.searchParams, body: options?.body });
    return fetch(address, options);
  };
}

export function saysBalance(data) {
  assert.equal(typeof data.me.balance.available, "number");
}

export function saysLogin(data) {
  assert.equal(data.recordAppLogin.activity.kind, "APP_LOGIN");
  assert.deepEqual(data.recordAppLogin.userErrors, []);
}

export function saysWrong(errors) {
  assert.equal(errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
}

// Has activities recorded, one after the other, until `heard` says that one was told of.
export async function recordUntil(url, heard) {
  while (!heard()) {
    await post(url, LOGIN, login()).catch((error) => console.log(`not recorded: ${error.message}`));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
