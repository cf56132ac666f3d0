// What does graphql-inspector say of schemas and documents?
// inspect.mjs OLD NEW DOCUMENT: prints the changes from OLD to NEW, each with its weight, and what of DOCUMENT NEW refuses.
import { readFileSync } from "node:fs";
import { diff, validate } from "@graphql-inspector/core";
import { buildSchema, Source } from "graphql";

const [older, newer, document] = process.argv.slice(2).map((path) => readFileSync(path, "utf8"));
const [before, after] = [buildSchema(older), buildSchema(newer)];
const changes = await diff(before, after);
const refused = validate(after, [new Source(document)], { strictFragments: true, strictDeprecated: true });

console.log(JSON.stringify({
  changes: changes.map(({ criticality, message }) => `${criticality.level}: ${message}`),
  refused: refused.flatMap(({ errors }) => errors.map(({ message }) => message)),
}));
