-- What is proven of each log file that the store holds. Those that no digest lists are
-- told apart: digests of the time from shortly before the one in their names to an hour
-- after it would have listed them, as late as they may be delivered.
islands AS (
    FROM digested_times(false)
),
matched AS (
    SELECT
        file,
        bool_or(proven AND coalesce(same, false) AND NOT appended) AS proven,
        bool_or(proven) AS signed
    FROM pairs
    GROUP BY file
),
states AS (
    SELECT
        held.*,
        CASE
            WHEN matched.proven THEN 'proven'
            WHEN matched.signed THEN 'altered'
            WHEN matched.file IS NOT NULL THEN 'unproven'
            -- Whether digests list files of Insights and of network activity is not
            -- documented, so that nothing follows where they do not.
            WHEN held.kind <> 'CloudTrail' THEN 'uncovered'
            WHEN held.kind = 'CloudTrail' AND islands.until >= held.delivered + INTERVAL 1 HOUR THEN 'unlisted'
            ELSE 'undigested'
        END AS state
    FROM held
    LEFT JOIN matched USING (file)
    ASOF LEFT JOIN islands
        ON islands.account = held.account
        AND islands.region = held.region
        AND islands.since <= held.delivered - INTERVAL 10 MINUTE
    WHERE ($accounts IS NULL OR held.account IS NULL OR list_contains($accounts::VARCHAR[], held.account))
        AND ($regions IS NULL OR held.region IS NULL OR list_contains($regions::VARCHAR[], held.region))
        AND ($since IS NULL OR held.delivered IS NULL OR held.delivered >= $since)
        AND ($until IS NULL OR held.delivered IS NULL OR held.delivered < $until)
)
