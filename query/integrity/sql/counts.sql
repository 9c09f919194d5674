-- How many log files the digests of each chain list, by what became of them.
counts AS (
    SELECT
        account,
        region,
        trail,
        homeRegion,
        backfill,
        proven,
        verdict,
        count(*) AS files
    FROM verdicts
    WHERE ($since IS NULL OR digestEndTime > $since)
        AND ($until IS NULL OR digestStartTime < $until)
    GROUP BY ALL
)
SELECT *
FROM counts
ORDER BY ALL
