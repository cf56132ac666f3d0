// Is every subscribed client told of an activity, once? Arguments: the addresses of one or more servers of a database.
import { byEvents as sse } from "./graphql-sse.mjs";
import { bySocket as ws } from "./graphql-ws.mjs";
import { bySocket as apollo } from "./apollo.mjs";
import { bySocket as relay } from "./relay.mjs";
import { byEvents as urqlEvents, bySocket as urqlSocket } from "./urql.mjs";
import { post, recordUntil } from "./server.mjs";

const urls = process.argv.slice(2);
const heard = { ws: [], sse: [], apollo: [], relay: [], urqlSocket: [], urqlEvents: [] };
const clients = { ws, sse, apollo, relay, urqlSocket, urqlEvents };
const TAP = "mutation ($input: TapFuelInput!) { tapFuel(input: $input) { activity { kind } userErrors { code } } }";

const all = (holds) => () => Object.values(heard).every(holds);
const stops = [];
for (const [number, [name, subscribe]] of Object.entries(clients).entries()) {
  const told = (answer) => heard[name].push(answer.data.activityRecorded);
  stops.push(await subscribe(urls[number % urls.length], told));
}
await recordUntil(urls[0], all((told) => told.length > 0));

const { tapFuel } = await post(urls[0], TAP, { input: { idempotencyKey: "the tap" } });
while (!all((told) => told.some(({ kind }) => kind === tapFuel.activity.kind))()) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
for (const stop of stops) stop();
const times = (told) => told.filter(({ kind }) => kind === tapFuel.activity.kind).length;
console.log(JSON.stringify(Object.fromEntries(Object.entries(heard).map(([name, told]) => [name, times(told)]))));
process.exit(0);
