-- Who did what with the store, in order, as far as it was recorded; and, without a time, what the
-- store does not record.
WITH loaded AS (
    SELECT
        run,
        count(*) AS files,
        sum(new)::BIGINT AS events,
        sum(repeated)::BIGINT AS repeats,
        count(*) FILTER (WHERE status IN ('partial', 'corrupt', 'failed')) AS notWhole
    FROM files
    GROUP BY run
),
entries AS (
    -- What sql --write did has the sources [mine], and its statements in the summary.
    SELECT
        runs.started AS "time",
        runs.finished AS ended,
        CASE
            WHEN runs.sources = ['mine'] THEN 'wrote to mine'
            WHEN runs.finished IS NULL THEN 'load, cut off'
            ELSE 'load'
        END AS what,
        runs.run AS number,
        runs."user",
        runs.host,
        runs.version,
        runs.sources,
        CASE
            WHEN runs.sources = ['mine'] THEN array_to_string(from_json(runs.summary -> 'sql', '["VARCHAR"]'), '; ')
            ELSE runs.filter
        END AS detail,
        coalesce(loaded.files, 0) AS files,
        coalesce(loaded.events, 0) AS events,
        coalesce(loaded.repeats, 0) AS repeats,
        coalesce(loaded.notWhole, 0) AS notWhole
    FROM runs
    LEFT JOIN loaded USING (run)
    UNION ALL BY NAME
    SELECT
        started AS "time",
        finished AS ended,
        'verification' AS what,
        verification AS number,
        version,
        coalesce(scope || ': ', '') || findings || CASE WHEN findings = 1 THEN ' finding' ELSE ' findings' END AS detail
    FROM (SELECT *, coalesce(json_array_length(summary, '$.findings'), 0) AS findings FROM verifications)
    UNION ALL BY NAME
    SELECT
        min(added) AS "time",
        'public keys taken in' AS what,
        [source] AS sources,
        count(*) || ' of ' || coalesce(string_agg(DISTINCT region, ', ' ORDER BY region), 'no Region that is named') AS detail
    FROM public_keys
    GROUP BY source, added
    UNION ALL BY NAME
    SELECT
        min(done) AS "time",
        max(done) AS ended,
        'told by watch' AS what,
        [receiver] AS sources,
        count(*) || CASE WHEN count(*) = 1 THEN ' notice' ELSE ' notices' END AS detail
    FROM deliveries
    WHERE done IS NOT NULL
    GROUP BY receiver
    UNION ALL BY NAME
    SELECT
        applied AS "time",
        'store laid out' AS what,
        migration AS number
    FROM (
        SELECT applied, max(migration) AS migration
        FROM migrations
        GROUP BY applied
    )
    UNION ALL BY NAME
    SELECT
        'not recorded' AS what,
        unnest([
            'answers, exports, cases, packs and log files that were made from the store: it is open for reading then',
            'who ran a verification, and on which machine',
            'what was taken back after a load that was cut off: it had no files row, and the next load read it anew',
            'what other programs did to the file, and copies of it'
        ]) AS detail
)
SELECT "time", ended, what, number, "user", host, version, sources, detail, files, events, repeats, notWhole
FROM entries
ORDER BY "time" NULLS LAST, what, number, detail;
