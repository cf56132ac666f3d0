// What does a developer see who opens /graphql in a browser, plays each tab in order, and opens what else there is?
// Arguments: the address, and where to put a screenshot. Prints a line of JSON: what was seen, and what went wrong.
import { randomUUID } from "node:crypto";
import { openBrowser } from "../browser.mjs";

const [address, screenshot] = process.argv.slice(2);
const origin = new URL(address).origin;
const seen = { tabs: [], foreign: [], complaints: [] };
const ORDER = `mutation ($key: String!) {
  recordPurchase(input: {
    idempotencyKey: $key, miAccountId: "demo-ana", orderId: $key,
    order: {currency: EUR, lines: [{sku: "USB-C-CABLE", unitPrice: "9.99"}]}
  }) { userErrors { code } }
}`;

const browser = await openBrowser();
const page = await browser.newPage();
try {
  await page.setViewport({ width: 1440, height: 900 });
  await watch();
  await page.goto(address, { waitUntil: "networkidle0" });
  for (const tab of await page.$$(".graphiql-tab-button")) {
    if (seen.tabs.length > 0) await tab.click(); // the first one is open
    seen.tabs.push(await playTab(tab));
  }
  seen.live = await followActivities();
  seen.dialog = await openDialog();
  seen.docs = await openSide("Documentation Explorer", ".graphiql-doc-explorer");
  seen.explorer = await openSide("GraphiQL Explorer", ".docExplorerWrap");
} finally {
  await page.screenshot({ path: screenshot });
  await browser.close();
  console.log(JSON.stringify(seen));
}

// Nothing but the gateway may be reached, and nothing may go wrong unseen. A breach of the policy is an error, too.
async function watch() {
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (request.url().startsWith("data:") || new URL(request.url()).origin === origin) return request.continue();
    seen.foreign.push(request.url());
    return request.abort();
  });
  page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
}

async function playTab(tab) {
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.click(".graphiql-execute-button");
  const answer = await (await answered).json();
  await page.waitForSelector(".graphiql-spinner", { hidden: true });
  await page.waitForFunction(() => document.querySelector(".result-window .CodeMirror").CodeMirror.getValue());
  return { title: await tab.evaluate((button) => button.textContent), answer, shown: await shownAnswer() };
}

// A tab of one's own, with a token from the box: orders are recorded elsewhere until one is told, then it is stopped.
async function followActivities() {
  await page.click(".graphiql-tab-add");
  await page.click("#take button[value=member]");
  await page.$eval(".graphiql-query-editor .CodeMirror", (editor) =>
    editor.CodeMirror.setValue("subscription { activityRecorded { points } }"),
  );
  await page.click(".graphiql-execute-button");
  const buying = setInterval(recordOrder, 300);
  await page.waitForFunction(() =>
    document.querySelector(".result-window .CodeMirror").CodeMirror.getValue().includes("activityRecorded"),
  );
  clearInterval(buying);
  await page.click(".graphiql-execute-button");
  await page.waitForSelector('.graphiql-execute-button[aria-label^="Execute"]');
  return shownAnswer();
}

async function recordOrder() {
  const token = await page.$eval("#given", (given) => JSON.parse(given.textContent).tokens.service);
  await fetch(address, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: ORDER, variables: { key: randomUUID() } }),
  });
}

async function openDialog() {
  await page.click('button[aria-label="Open settings dialog"]');
  await page.waitForSelector(".graphiql-dialog");
  const text = await page.$eval(".graphiql-dialog", (dialog) => dialog.innerText);
  await page.keyboard.press("Escape");
  await page.waitForSelector(".graphiql-dialog", { hidden: true });
  return text;
}

async function openSide(name, content) {
  await page.click(`button[aria-label="Show ${name}"]`);
  await page.waitForSelector(content);
  return page.$eval(content, (side) => side.innerText);
}

async function shownAnswer() {
  return page.$eval(".result-window .CodeMirror", (pane) => pane.CodeMirror.getValue());
}
