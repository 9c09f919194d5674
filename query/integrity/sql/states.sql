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
-- The kinds of files that digests may not list, by what their events say that they are: a
-- folder and a name are claims of whoever put the file there.
special AS (
    SELECT
        file,
        CASE kind WHEN 'CloudTrail-Insight' THEN 'Insight' ELSE 'NetworkActivity' END AS category
    FROM held
    WHERE kind IN ('CloudTrail-Insight', 'CloudTrail-NetworkActivity')
),
mislabelled AS (
    SELECT DISTINCT file
    FROM events
    JOIN special USING (file)
    WHERE events.eventCategory IS DISTINCT FROM special.category
),
states AS (
    SELECT
        held.*,
        CASE
            WHEN matched.proven THEN 'proven'
            WHEN NOT held.live THEN 'superseded'
            WHEN matched.signed THEN 'altered'
            WHEN matched.file IS NOT NULL THEN 'unproven'
            -- Whether digests list files of Insights and of network activity is not
            -- documented, so that nothing follows where they do not.
            WHEN special.file IS NOT NULL AND mislabelled.file IS NULL THEN 'uncovered'
            WHEN islands.until >= held.delivered + INTERVAL 1 HOUR THEN 'unlisted'
            ELSE 'undigested'
        END AS state
    FROM held
    LEFT JOIN matched USING (file)
    LEFT JOIN special USING (file)
    LEFT JOIN mislabelled USING (file)
    ASOF LEFT JOIN islands
        ON islands.account = held.account
        AND islands.region = held.region
        AND islands.since <= held.delivered - INTERVAL 10 MINUTE
    WHERE ($accounts IS NULL OR held.account IS NULL OR list_contains($accounts::VARCHAR[], held.account))
        AND ($regions IS NULL OR held.region IS NULL OR list_contains($regions::VARCHAR[], held.region))
        AND ($since IS NULL OR held.delivered IS NULL OR held.delivered >= $since)
        AND ($until IS NULL OR held.delivered IS NULL OR held.delivered < $until)
),
-- The rows of events by their file, and how many of them a proven file delivered again: an
-- event is proven by any of its files.
stored AS (
    SELECT file, count(*) AS events
    FROM events
    GROUP BY file
),
again AS (
    SELECT firstFile AS file, count(DISTINCT firstPosition) AS events
    FROM repeats
    WHERE file IN (SELECT file FROM states WHERE state = 'proven')
        AND firstFile NOT IN (SELECT file FROM states WHERE state = 'proven')
    GROUP BY firstFile
),
shares AS (
    SELECT
        states.*,
        least(coalesce(stored.events, 0), states.new) - coalesce(again.events, 0) AS events,
        coalesce(again.events, 0) AS provenAgain
    FROM states
    LEFT JOIN stored USING (file)
    LEFT JOIN again USING (file)
),
-- Rows of events that no log file has: of no file at all, or more than it had.
orphans AS (
    SELECT coalesce(sum(stored.events - coalesce(held.new, 0)), 0)::BIGINT AS events
    FROM stored
    LEFT JOIN held USING (file)
    WHERE stored.events > coalesce(held.new, 0)
)
