// How would Mercurius redeem a coupon with the gateway's own statements? It decides less: price and balance alone.
import { createHash, createHmac, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { opaque, pool } from "./common.mjs";

const { BENCH_COUPON_KEY, BENCH_STATEMENTS } = process.env;
const [reads, writes] = existsSync(BENCH_STATEMENTS) ? JSON.parse(readFileSync(BENCH_STATEMENTS, "utf8")) : [];
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const keyed = (purpose, message) => createHmac("sha256", BENCH_COUPON_KEY).update(`${purpose}\0`).update(message).digest();
const codeOf = (nonce) => {
  const bits = [...keyed("code", nonce).subarray(0, 10)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const spelt = bits.match(/.{5}/g).map((five) => ALPHABET[parseInt(five, 2)]).join("");
  return spelt.match(/.{4}/g).join("-");
};
const rowIdOf = (id) => Buffer.from(id, "base64url").toString().split(".")[2];

const paying = ({ lots, points }, price) => {
  const parts = [];
  for (const [place, lot] of lots.entries()) {
    const part = Math.min(price, points[place]);
    price -= part;
    if (part > 0) parts.push({ lot, part });
  }
  return parts;
};

// The captured document with what this redemption changes in it.
function documentOf(found, call, nonce) {
  const [{ accounts, operations, entries, moves, lots, coupons, requests }] = writes.values;
  const { member_id: member, at, version: held, available, price_points: price, coupon_id: coupon } = found;
  const { pending, reserved, debt } = found;
  const [version, cause, after] = [held + 1, `redeem/${coupon}`, available - price];
  const balance = { member_id: member, pending, available: after, reserved, debt, version };
  const parts = paying(found, price);
  const [request] = requests;
  return {
    accounts: [{ ...accounts[0], ...balance, held_version: held, touched_by: found.touched_by, last_at: at }],
    operations: [{ ...operations[0], member_id: member, cause, at }],
    entries: [{ ...entries[0], ...balance, cause, at, coupon, points: price }],
    moves: parts.map(({ lot, part }, place) =>
      ({ ...moves[0], member_id: member, version, lot, points: part, ordinal: place + 1 })),
    lots: parts.map(({ lot, part }) => ({ ...lots[0], id: lot, remaining: -part, consumed: part })),
    coupons: [{ ...coupons[0], id: coupon, member_id: member, offer_id: found.id, issued_at: at,
      lookup: keyed("lookup", codeOf(nonce).replaceAll("-", "")).toString("hex"), nonce: nonce.toString("hex") }],
    requests: [{ ...request, ...call, outcome: { ...request.outcome, member_id: member, coupon_id: coupon } }],
  };
}

async function redeemed({ idempotencyKey: key, offerId }, subject) {
  const call = { principal: `member:${subject}`, key, fingerprint: createHash("sha256").update(offerId).digest("hex") };
  const asked = [[call.principal], [key], [subject], [rowIdOf(offerId)]];
  const values = reads.values.map((captured, place) => asked[place] ?? captured);
  const [found] = (await pool.query({ name: "redeem-reads", text: reads.sql, values })).rows;
  if (found.available < found.price_points) throw new Error("the bench has spent all points");
  const nonce = randomBytes(16);
  const document = JSON.stringify(documentOf(found, call, nonce));
  await pool.query({ name: "redeem-writes", text: writes.sql, values: [document] });
  return {
    coupon: { id: opaque(`c.${found.member_id}.${found.coupon_id}`), code: codeOf(nonce) },
    member: { ...found, available: found.available - found.price_points },
    userErrors: [],
  };
}

// One redemption of a member at a time: the statements write nothing when another one came in between.
const under_way = new Map();
const inTurn = (subject, act) => {
  const turn = (under_way.get(subject) ?? Promise.resolve()).then(act, act);
  under_way.set(subject, turn);
  const leave = () => under_way.get(subject) === turn && under_way.delete(subject);
  turn.then(leave, leave);
  return turn;
};

export const mutations = {
  redeemCoupon: (_, { input }, { subject }) => inTurn(subject, () => redeemed(input, subject)),
};
