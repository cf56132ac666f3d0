// How fast is Mercurius when each root field is one statement, and none waits for another?
import { activityPage, balanceOf, campaignEdge, offerEdge, statement } from "./common.mjs";
import { mutations } from "./redeem.mjs";
import { serve } from "./serve.mjs";

const mine = "FROM member JOIN account ON account.member_id = member.id JOIN market ON market.code = account.market_id";
const memberOf = statement("member", `
  SELECT member.id, display_name, account.status, available, pending, reserved, debt,
    (SELECT json_agg(json_build_array(id, kind, points, status, occurred_at)) FROM (
      SELECT * FROM activity WHERE member_id = member.id ORDER BY occurred_at DESC, id DESC LIMIT $2 + 1) a) AS activities
  ${mine} WHERE mi_account_id = $1`);
const offersOf = statement("offers", `
  SELECT offer.*, currency, locale ${mine} CROSS JOIN LATERAL (
    SELECT id, titles, price_points, stock_left, value_minor FROM coupon_offer WHERE market_id = account.market_id
      AND (closes_at IS NULL OR closes_at > now()) ORDER BY price_points, id LIMIT $2) offer
  WHERE mi_account_id = $1`);
const campaignsOf = statement("campaigns", `
  SELECT campaign.*, locale ${mine} CROSS JOIN LATERAL (
    SELECT slug, titles, trigger, bonus_points FROM campaign WHERE coalesce(ended_at, 'infinity') > now() AND EXISTS (
      SELECT FROM campaign_window WHERE campaign_id = campaign.id AND campaign_window.market_id = account.market_id
        AND starts_at <= now() AND ends_at > now())
    ORDER BY id DESC LIMIT $2) campaign
  WHERE mi_account_id = $1`);

const ACTIVITIES = 10;
const activity = ([id, kind, points, status, at]) => ({ id, kind, points, status, occurred_at: new Date(at) });

const resolvers = {
  Query: {
    me: async (_, __, { subject }) => {
      const [row] = await memberOf(subject, ACTIVITIES);
      return { ...row, activities: activityPage((row.activities ?? []).map(activity), ACTIVITIES, row.id) };
    },
    couponOffers: async (_, { first }, { subject }) => ({
      edges: (await offersOf(subject, first)).map((row) => offerEdge(row, row)),
    }),
    campaigns: async (_, { first }, { subject }) => ({
      edges: (await campaignsOf(subject, first)).map((row) => campaignEdge(row, row)),
    }),
  },
  Mutation: mutations,
  Member: { displayName: (member) => member.display_name, balance: balanceOf },
};

await serve(resolvers);
