-- Rates that several processes share.

ALTER TABLE rate_bucket
  SET UNLOGGED, -- a minute's worth of counting is not worth a write ahead
  ADD CONSTRAINT rate_bucket_level CHECK (level >= 0);

-- Takes the units from all of the named buckets, each with its limit a minute, or from none: answers the seconds to wait
-- until they fit, 0 when they did. The rows are held first, in the order of their names, so that parallel charges queue
-- up and none waits for another in a circle; a clock that was set back lets nothing leak and nothing rise.
CREATE FUNCTION take_rates(names text[], units float8[], limits float8[]) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  instant timestamptz;
  wait float8;
BEGIN
  INSERT INTO rate_bucket AS b (name, level, at)
    SELECT name, 0, clock_timestamp() FROM unnest(names) AS name ORDER BY name
    ON CONFLICT (name) DO UPDATE SET level = b.level;
  instant := clock_timestamp();
  WITH judged AS (
    SELECT b.name, c.units + left_over.level AS level, (c.units + left_over.level - c.most) * 60 / c.most AS wait
      FROM unnest(names, units, limits) AS c (name, units, most) JOIN rate_bucket b USING (name)
      CROSS JOIN LATERAL (VALUES (
        greatest(0, b.level - greatest(0, extract(epoch FROM instant - b.at)::float8) * c.most / 60)
      )) AS left_over (level)
  ), taken AS (
    UPDATE rate_bucket b SET level = judged.level, at = instant FROM judged
      WHERE b.name = judged.name AND (SELECT max(judged.wait) FROM judged) <= 1e-7
  )
  SELECT max(judged.wait) INTO wait FROM judged;
  RETURN greatest(0, wait);
END $$;
