// What do all contenders on Node share: the pool, the token's check, and how rows become what clients read?
import { readFileSync } from "node:fs";
import { createVerifier } from "fast-jwt";
import pg from "pg";

const { BENCH_AUDIENCE, BENCH_ISSUER, BENCH_KEY, BENCH_POOL_SIZE, BENCH_PORT } = process.env;

export const port = Number(BENCH_PORT);
const size = Number(BENCH_POOL_SIZE);
export const pool = new pg.Pool({ max: size, min: size, idleTimeoutMillis: 0, options: "-c jit=off -c timezone=UTC" });

const verify = createVerifier({
  key: readFileSync(BENCH_KEY, "utf8"),
  algorithms: ["ES256"],
  allowedIss: BENCH_ISSUER,
  allowedAud: BENCH_AUDIENCE,
  cache: true,
});

// The Mi Account of a bearer token; null without one. Throws for one that is not valid.
export const subjectOf = (authorization) => (authorization ? verify(authorization.replace(/^bearer /i, "")).sub : null);

// A prepared statement: `name` is its name in the session.
export const statement = (name, text) => async (...values) => (await pool.query({ name, text, values })).rows;

export const opaque = (text) => Buffer.from(text).toString("base64url");
export const titleOf = (titles, locale) => titles[locale.slice(0, 2)] ?? titles.en;
export const money = (minor, currency) => {
  const cents = Number(minor);
  return { amount: `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")}`, currency };
};
export const instant = (at) => at.toISOString().replace(".000Z", "Z");

export const activityEdge = (row, memberId) => ({
  cursor: opaque(JSON.stringify(["activities", instant(row.occurred_at).replace("Z", "+00:00"), Number(row.id)])),
  node: { id: opaque(`a.${memberId}.${row.id}`), kind: row.kind, points: row.points, status: row.status,
    occurredAt: instant(row.occurred_at) },
});
export const activityPage = (rows, size, memberId) => {
  const edges = rows.slice(0, size).map((row) => activityEdge(row, memberId));
  return { edges, pageInfo: { hasNextPage: rows.length > size, endCursor: edges.at(-1)?.cursor ?? null } };
};
export const offerEdge = (row, { currency, locale }) => ({
  node: { id: opaque(`o.0.${row.id}`), title: titleOf(row.titles, locale), price: row.price_points,
    stockLeft: row.stock_left, value: money(row.value_minor, currency) },
});
export const campaignEdge = (row, { locale }) => ({
  node: { slug: row.slug, title: titleOf(row.titles, locale), trigger: row.trigger, bonusPoints: row.bonus_points },
});
export const balanceOf = ({ available, pending, reserved, debt }) => ({
  available, pending, reserved, debt, posted: available + reserved - debt,
});
