// Does graphql-codegen make types of a schema and of documents?
// codegen.mjs FOLDER SCHEMA LACKING: prints why LACKING does not do for FOLDER's documents; writes the types of SCHEMA there.
import { generate } from "@graphql-codegen/cli";

const [folder, whole, lacking] = process.argv.slice(2);
const config = {
  useTypeImports: true,
  strictScalars: true, // a new scalar has to be named here, so that it is told to clients
  scalars: {
    BigInt: "string", Date: "string", DateTime: "string", Decimal: "string", JSON: "unknown", LocalDateTime: "string",
    URL: "string",
  },
};
const persistedDocuments = { hashAlgorithm: "sha256" };

const types = (schema) => generate({
  schema,
  cwd: folder,
  silent: true,
  generates: {
    [`${folder}/gql/`]: { preset: "client", documents: `${folder}/*.ts`, config, presetConfig: { persistedDocuments } },
    [`${folder}/types.ts`]: { plugins: ["typescript"], config: { ...config, enumsAsTypes: true } },
    [`${folder}/operations.ts`]: { plugins: ["typescript-operations"], documents: `${folder}/*.graphql`, config },
  },
});

console.log(await types(lacking).then(() => "It does.", ({ message }) => message));
await types(whole);
