-- The log files that a run asked for, by the times in their names: what digests list of
-- other times was left out, and is not missing.
ALTER TABLE runs ADD COLUMN deliveredSince TIMESTAMP; -- the first to load; NULL: no limit
ALTER TABLE runs ADD COLUMN deliveredUntil TIMESTAMP; -- the first to leave out; NULL: no limit

-- Earlier runs have it in their filters, as text. Each limit was applied to the day, as
-- delivered in ingest/filter.go does; slack is there where it was not 24 hours.
UPDATE runs SET
    deliveredSince = least(date_trunc('day', since), since - INTERVAL 1 HOUR),
    deliveredUntil = date_trunc('day', until + slack) + INTERVAL 1 DAY
FROM (
    SELECT
        run,
        try_cast(system.main.regexp_extract(filter, 'since ([^,]+)', 1) AS TIMESTAMP) AS since,
        try_cast(system.main.regexp_extract(filter, 'until ([^,]+)', 1) AS TIMESTAMP) AS until,
        CASE
            WHEN contains(filter, 'slack ') THEN to_seconds(
                3600 * coalesce(try_cast(system.main.regexp_extract(filter, 'slack (\d+)h', 1) AS BIGINT), 0)
                + 60 * coalesce(try_cast(system.main.regexp_extract(filter, 'slack (?:\d+h)?(\d+)m[0-9.]', 1) AS BIGINT), 0)
                + coalesce(try_cast(system.main.regexp_extract(filter, 'slack [0-9hm]*?([0-9.]+)s', 1) AS DOUBLE), 0)
            )
            ELSE INTERVAL 1 DAY
        END AS slack
    FROM runs
) AS asked
WHERE asked.run = runs.run AND runs.filter IS NOT NULL;
