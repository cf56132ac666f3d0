// The Relay runtime over fetch and graphql-ws; its compiler has made ARTIFACTS of the documents in relay/.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { createClient } from "graphql-ws";
import relay from "relay-runtime";
import { events, headers, login, post, saysBalance, saysLogin } from "./server.mjs";

const { commitMutation, Environment, fetchQuery, Network, Observable, RecordSource, requestSubscription, Store } = relay;

const artifact = async (name) => (await import(`${pathToFileURL(process.env.ARTIFACTS)}/${name}.graphql.js`)).default;

function environment(url) {
  const socket = createClient({ url: events(url), connectionParams: headers });
  const ask = async ({ text }, variables) => ({ data: await post(url, text, variables) });
  const subscribe = ({ text, name }, variables) =>
    Observable.create((sink) => socket.subscribe({ operationName: name, query: text, variables }, sink));
  return new Environment({ network: Network.create(ask, subscribe), store: new Store(new RecordSource()) });
}

export async function story(url) {
  const relaying = environment(url);
  const me = await artifact("documentsMeQuery");
  saysBalance(await fetchQuery(relaying, me, {}).toPromise());
  assert.match(relaying.lookup(relay.createOperationDescriptor(me, {}).fragment).data.me.id, /.+/);

  const mutation = await artifact("documentsLoginMutation");
  const done = new Promise((onCompleted, onError) => {
    commitMutation(relaying, { mutation, variables: login(), onCompleted, onError });
  });
  saysLogin(await done);
}

export async function bySocket(url, next) {
  const subscription = await artifact("documentsToldSubscription");
  const onNext = (data) => next({ data });
  return requestSubscription(environment(url), { subscription, variables: {}, onNext, onError: console.error }).dispose;
}
