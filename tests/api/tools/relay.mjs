// Does relay-compiler take an app? relay.mjs FOLDER: compiles by its relay.config.json, whose paths start where it runs.
import { spawnSync } from "node:child_process";
import compiler from "relay-compiler";

const [cwd] = process.argv.slice(2);
process.exit(spawnSync(compiler, ["relay.config.json"], { cwd, stdio: "inherit" }).status ?? 1);
