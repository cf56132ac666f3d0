// How does Mercurius answer home as its documentation has it: resolvers for what is one, loaders for what is many?
import { activityPage, balanceOf, campaignEdge, offerEdge, statement } from "./common.mjs";
import { mutations } from "./redeem.mjs";
import { serve } from "./serve.mjs";

const memberOf = statement("member", `
  SELECT member.id, display_name, account.*, currency, locale
  FROM member JOIN account ON account.member_id = member.id JOIN market ON market.code = account.market_id
  WHERE mi_account_id = $1`);
const activitiesOf = statement("activities", `
  SELECT activity.* FROM unnest($1::bigint[], $2::int[]) AS asked (id, size) CROSS JOIN LATERAL (
    SELECT * FROM activity WHERE member_id = asked.id ORDER BY occurred_at DESC, id DESC LIMIT asked.size + 1) activity`);
const offersOf = statement("offers", `
  SELECT * FROM coupon_offer WHERE market_id = $1 AND (closes_at IS NULL OR closes_at > now())
  ORDER BY price_points, id LIMIT $2`);
const campaignsOf = statement("campaigns", `
  SELECT * FROM campaign WHERE coalesce(ended_at, 'infinity') > now() AND EXISTS (
    SELECT FROM campaign_window WHERE campaign_id = campaign.id AND market_id = $1
      AND starts_at <= now() AND ends_at > now())
  ORDER BY id DESC LIMIT $2`);

const me = (context) => (context.me ??= memberOf(context.subject).then(([row]) => row));

const resolvers = {
  Query: {
    me: (_, __, context) => me(context),
    couponOffers: async (_, { first }, context) => {
      const member = await me(context);
      return { edges: (await offersOf(member.market_id, first)).map((row) => offerEdge(row, member)) };
    },
    campaigns: async (_, { first }, context) => {
      const member = await me(context);
      return { edges: (await campaignsOf(member.market_id, first)).map((row) => campaignEdge(row, member)) };
    },
  },
  Mutation: mutations,
  Member: { displayName: (member) => member.display_name, balance: balanceOf },
};
const loaders = {
  Member: {
    async activities(queries) {
      const pages = new Map(queries.map(({ obj }) => [obj.id, []]));
      const ids = queries.map(({ obj }) => obj.id);
      for (const row of await activitiesOf(ids, queries.map(({ params }) => params.first))) {
        pages.get(row.member_id).push(row);
      }
      return queries.map(({ obj, params }) => activityPage(pages.get(obj.id), params.first, obj.id));
    },
  },
};

await serve(resolvers, loaders);
