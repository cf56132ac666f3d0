// What does the page do? It shows GraphiQL with the stories as tabs, and asks this gateway and nobody else.
"use strict";

const { tabs, tokens, nonce } = JSON.parse(document.getElementById("given").textContent);
const box = document.getElementById("token");
const take = document.getElementById("take");
const answers = {}; // the last answer of each field, whatever tab asked for it
globalThis.__webpack_nonce__ = nonce; // for the styles that GraphiQL's dialogs add

async function ask({ query, variables, operationName }, { headers = {} } = {}) {
  const operation = operationOf(query, operationName);
  const live = operation?.operation === "subscription";
  try {
    const fill = filler();
    const response = await fetch("/graphql", {
      method: "POST",
      headers: {
        accept: live ? "text/event-stream" : "application/graphql-response+json",
        "content-type": "application/json",
        ...authorized(headers, fill),
      },
      body: JSON.stringify({
        query: fill(query),
        variables: filled(variables, fill),
        operationName: operation ? operation.name?.value : operationName,
      }),
    });
    if (live && response.ok) return events(response);
    return remembered(await response.json());
  } catch (error) {
    return { errors: [{ message: error.message }] }; // as an answer: GraphiQL shows the stack of what is thrown
  }
}

// The only operation has its name whatever GraphiQL says: just after a change of tabs it still says the last tab's.
function operationOf(query, name) {
  try {
    const operations = GraphiQL.GraphQL.parse(query).definitions.filter(({ operation }) => operation);
    return operations.length === 1 ? operations[0] : operations.find((operation) => operation.name?.value === name);
  } catch {
    return undefined; // the gateway says what is wrong with it
  }
}

// {{key}} is new for each request; {{member}} and its like are tokens; {{redeemCoupon.id}} is the first `id` in the
// last answer of `redeemCoupon`.
function filler() {
  const key = crypto.getRandomValues(new Uint32Array(2)).join("-");
  return (text) =>
    text.replace(/\{\{([\w.+]+)\}\}/g, (braces, name) => {
      if (name === "key") return key;
      if (Object.hasOwn(tokens, name)) return tokens[name];
      const [field, inside] = name.split(".");
      const value = inside && first(answers[field], inside);
      if (value === undefined) throw new Error(`${braces} comes from the answer of an earlier tab: run that first.`);
      return value;
    });
}

function filled(value, fill) {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((item) => filled(item, fill));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, fill)]));
}

// A tab's own header wins; one that wants a demo token where none is given, or that is not there, is the box's token.
function authorized(headers, fill) {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const wanting = ([name, value]) => name === "authorization" && /\{\{[\w+]+\}\}/.test(value) && !tokens.member;
  const wanted = given.filter((header) => !wanting(header));
  const own = Object.fromEntries(wanted.map(([name, value]) => [name, fill(value)]));
  const token = box.value.trim();
  return token && !own.authorization ? { ...own, authorization: `Bearer ${token}` } : own;
}

function remembered(answer) {
  Object.assign(answers, answer.data);
  return answer;
}

function first(value, name) {
  if (value === null || typeof value !== "object") return undefined;
  if (["string", "number"].includes(typeof value[name])) return value[name];
  return Object.values(value).reduce((found, item) => found ?? first(item, name), undefined);
}

// The events of a subscription, as GraphiQL wants them: stopping ends the request.
function events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const telling = told(reader);
  const stop = () => reader.cancel().then(() => ({ done: true }));
  return { [Symbol.asyncIterator]: () => ({ next: () => telling.next(), return: stop }) };
}

async function* told(reader) {
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const whole = (text + value).split("\n\n");
    text = whole.pop();
    for (const event of whole) {
      const [, answer] = /^data: ?(.+)$/m.exec(event) ?? [];
      if (answer) yield JSON.parse(answer);
    }
  }
}

take.hidden = !tokens.member;
take.addEventListener("click", ({ target }) => {
  if (target.value) box.value = tokens[target.value];
});

// GraphiQL 4 leaves the first tab without its headers unless they are stored beside the tabs.
if (!sessionStorage.getItem("graphiql:tabState")) sessionStorage.setItem("graphiql:headers", tabs[0].headers);

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: ask,
    defaultTabs: tabs,
    defaultEditorToolsVisibility: "variables",
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    shouldPersistHeaders: true,
    storage: sessionStorage, // edits survive a reload; what is typed, a token too, is gone with the browser's tab
  }),
);
