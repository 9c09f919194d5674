-- From when to when runs have asked for log files, by the time in their names; NULL for
-- no limit. Each limit is that of ingest, to the day.
SELECT
    CASE WHEN bool_and(since IS NOT NULL) THEN min(least(date_trunc('day', since), since - INTERVAL 1 HOUR)) END AS since,
    CASE WHEN bool_and(until IS NOT NULL) THEN max(date_trunc('day', until + INTERVAL 1 DAY)) + INTERVAL 1 DAY END AS until
FROM (
    SELECT
        try_cast(regexp_extract(filter, 'since ([^,]+)', 1) AS TIMESTAMP) AS since,
        try_cast(regexp_extract(filter, 'until ([^,]+)', 1) AS TIMESTAMP) AS until
    FROM runs
)
