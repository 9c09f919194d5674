-- How many log files the digests of each chain list, by what became of them. One that is
-- missing was not asked for where no run has loaded its time.
judged AS (
    SELECT
        *,
        CASE WHEN verdict = 'missing' THEN try_strptime(regexp_extract(name, '_(\d{8}T\d{4}Z)', 1), '%Y%m%dT%H%MZ') END AS delivered
    FROM verdicts
    WHERE ($since IS NULL OR digestEndTime > $since)
        AND ($until IS NULL OR digestStartTime < $until)
)
SELECT
    account,
    region,
    trail,
    homeRegion,
    backfill,
    proven,
    CASE
        WHEN verdict = 'missing' AND (delivered < $loadedSince OR delivered >= $loadedUntil) THEN 'left out'
        ELSE verdict
    END AS verdict,
    count(*) AS files
FROM judged
GROUP BY ALL
ORDER BY ALL
