-- What is proven of each log file that the store holds: of those that could not be fetched
-- it has nothing but their names. Those that no digest lists are
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
unrebuilt AS (
    SELECT DISTINCT unnest($unrebuilt::INTEGER[]) AS file
),
states AS (
    SELECT
        held.*,
        CASE
            WHEN unrebuilt.file IS NOT NULL THEN 'unrebuilt'
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
    LEFT JOIN unrebuilt USING (file)
    ASOF LEFT JOIN islands
        ON islands.account = held.account
        AND islands.region = held.region
        AND islands.since <= held.delivered - INTERVAL 10 MINUTE
    WHERE held.status NOT IN ('archived', 'failed')
        AND ($accounts IS NULL OR held.account IS NULL OR list_contains($accounts::VARCHAR[], held.account))
        AND ($regions IS NULL OR held.region IS NULL OR list_contains($regions::VARCHAR[], held.region))
        AND ($since IS NULL OR held.delivered IS NULL OR held.delivered >= $since)
        AND ($until IS NULL OR held.delivered IS NULL OR held.delivered < $until)
),
-- The rows of events by their file.
stored AS (
    SELECT file, count(*) AS events
    FROM events
    GROUP BY file
),
-- The events that another file speaks for than the one that they were first read from: an
-- event is proven by any file that is, and those of a file which its object no longer is are
-- in what it is now, if that has them still.
elsewhere AS (
    SELECT firstFile AS file, state, count(*) AS events
    FROM (
        SELECT
            repeats.firstFile,
            repeats.firstPosition,
            CASE WHEN bool_or(states.state = 'proven') THEN 'proven' ELSE min(states.state) END AS state
        FROM repeats
        JOIN states USING (file)
        JOIN states AS earlier ON earlier.file = repeats.firstFile
        WHERE earlier.state <> 'proven'
            AND (states.state = 'proven' OR states.live AND earlier.state = 'superseded')
        GROUP BY ALL
    )
    GROUP BY ALL
),
shares AS (
    SELECT
        states.*,
        least(coalesce(stored.events, 0), states.new) - coalesce(moved.events, 0) AS events
    FROM states
    LEFT JOIN stored USING (file)
    LEFT JOIN (SELECT file, sum(events) AS events FROM elsewhere GROUP BY file) AS moved USING (file)
),
-- Rows of events that no log file has: of no file at all, or more than it had.
orphans AS (
    SELECT coalesce(sum(stored.events - coalesce(held.new, 0)), 0)::BIGINT AS events
    FROM stored
    LEFT JOIN held USING (file)
    WHERE stored.events > coalesce(held.new, 0)
)
