// Does TypeScript know of each answer what it is? The documents stand in the code, as with the client preset.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { graphql, useFragment } from "./gql";
import type { HomeQuery } from "./operations";
import type { RedeemCouponInput, UserErrorCode } from "./types";

const LINE = graphql(`fragment ScreenLine on Activity { title points postsBy }`);
const SCREEN = graphql(`
  query Screen($first: Int = 3) { me { activities(first: $first) { edges { node { ...ScreenLine } } } } }
`);
const REDEEM = graphql(`
  mutation ScreenRedeem($input: RedeemCouponInput!) { redeemCoupon(input: $input) { userErrors { code } } }
`);

declare function ask<Answer, Variables>(document: TypedDocumentNode<Answer, Variables>, given: Variables): Answer;

export function points(): number[] {
  const edges = ask(SCREEN, { first: 10 }).me?.activities.edges ?? [];
  // @ts-expect-error: what a fragment asks is shown to who asked it
  edges.map(({ node }) => node.points);
  return edges.map(({ node }) => useFragment(LINE, node).points);
}

export function refused(input: RedeemCouponInput): UserErrorCode | undefined {
  return ask(REDEEM, { input }).redeemCoupon?.userErrors[0]?.code;
}

// @ts-expect-error: who is not signed in has no balance
export const wrong = (home: HomeQuery): string => home.me.balance.value.amount;
export const shown = (home: HomeQuery): string => home.me?.balance.value.amount ?? "";
