// Does this client's subscription go on after its server was gone? Arguments: the client, the server's address, and a
// file to make when the first activity was told of.
import { writeFileSync } from "node:fs";
import { recordUntil } from "./server.mjs";

const [name, url, mark] = process.argv.slice(2);
const { again } = await import(`./${name}.mjs`);
let connections = 0;
const heard = [];
again(url, () => heard.push(connections), () => (connections += 1));
await recordUntil(url, () => heard.includes(1));
writeFileSync(mark, "");
await recordUntil(url, () => heard.some((connection) => connection > 1));
console.log(`${name} goes on`);
process.exit(0);
