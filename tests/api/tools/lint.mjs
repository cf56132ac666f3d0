// Is a schema as graphql-eslint wants schemas to be?
// lint.mjs SCHEMA FAULTS: prints what it finds in SCHEMA, and in each of FAULTS under the name of the rule it is to break.
import { readFileSync } from "node:fs";
import * as plugin from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";
import { parse, visit } from "graphql";

const { configs, parser, rules } = plugin.default ?? plugin;
const wanted = Object.assign({}, ...["recommended", "all", "relay"].map((name) => configs[`flat/schema-${name}`].rules));
const ours = {
  "require-description": ["error", {
    types: true, rootField: true, DirectiveDefinition: true, EnumValueDefinition: true, FieldDefinition: true,
    InputValueDefinition: true,
  }],
  // What has no id of its own is a part of what has one, or an answer; the contract gives these none.
  "strict-id-in-types": ["error", { exceptions: {
    suffixes: ["Connection", "Edge", "Payload", "Quote", "Report"],
    types: [
      "Balance", "BelowMinimum", "CampaignPreview", "CampaignWindow", "CaptureShortfall", "CheckoutOption",
      "ConditionError", "EarningOpportunity", "EarningRule", "Exclusion", "ExpiryStep", "ForfeitMismatch", "FuelDay",
      "FuelStreak", "InsufficientPoints", "LedgerCheck", "LimitReached", "Market", "Money", "Operation", "OrderLine",
      "PageInfo", "QuotedAward", "SimpleUserError",
    ],
  } }],
  // The contract has short lists that are no pages: expirySchedule, awards, userErrors.
  "relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
  // Fields stand in the order in which people read them: what matters most is first.
  alphabetize: "off",
  // The programme has mutations and subscriptions.
  "no-root-type": "off",
  // The contract's payloads hold what has changed, not the whole Query.
  "require-field-of-type-query-in-mutation-result": "off",
  // It wants an argument that @deprecated does not have; test_published.py wants the date in the reason.
  "require-deprecation-date": "off",
};
const on = {
  ...wanted,
  ...Object.fromEntries(Object.entries(ours).map(([rule, level]) => [`@graphql-eslint/${rule}`, level])),
};

/** What is found in a schema: the rule, and the type and field it is found at. */
async function findings(schema) {
  const eslint = new ESLint({
    overrideConfigFile: true,
    overrideConfig: [{
      files: ["**/*.graphql"],
      plugins: { "@graphql-eslint": { rules } },
      languageOptions: { parser, parserOptions: { graphQLConfig: { schema } } },
      rules: on,
    }],
  });
  const [{ messages }] = await eslint.lintText(schema, { filePath: "schema.graphql" });
  return messages.map(({ ruleId, line, message }) =>
    ruleId ? `${ruleId.replace("@graphql-eslint/", "")} ${place(schema, line)}` : `unreadable: ${message}`,
  );
}

function place(schema, line) {
  const names = [];
  visit(parse(schema), {
    enter({ kind, name, loc }) {
      const around = kind.endsWith("Definition") && loc.startToken.line <= line && line <= loc.endToken.line;
      if (name && around) names.push(name.value);
    },
  });
  return names.join(".");
}

const [schema, faults] = process.argv.slice(2).map((path) => readFileSync(path, "utf8"));
const [, ...parts] = faults.split(/^# fault: (.+)$/m);
const found = { schema: await findings(schema), faults: {} };
for (let part = 0; part < parts.length; part += 2) found.faults[parts[part]] = await findings(parts[part + 1]);
found.rules = Object.keys(on).filter((rule) => on[rule] !== "off").map((rule) => rule.replace("@graphql-eslint/", ""));
console.log(JSON.stringify(found));
