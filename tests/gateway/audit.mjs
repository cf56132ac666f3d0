// Which checks of GraphQL over HTTP does the server at this address not pass, by the audit of graphql-http?
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2] });
const failed = results.filter((result) => result.status !== "ok");
console.log(JSON.stringify({
  passed: results.length - failed.length,
  failed: failed.map((result) => `${result.status} ${result.id} ${result.name}: ${result.reason}`),
}));
