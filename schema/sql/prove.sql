-- What the store says of some log files (claimed) beside what they say themselves when they
-- are read again (store), where each of their records is a row: one row for each
-- difference. $first and $last are the files' least and greatest numbers.
WITH files_claimed AS (
    SELECT *
    FROM claimed.main.files
    WHERE file BETWEEN $first AND $last
        AND file IN (SELECT file FROM store.main.files)
),
-- A record's shape depends on which others came before it: that the record can be given
-- back shows that it is right. What takes the place of identity and tls is
-- for events of before absent objects were NULL: of them an empty one is as good as none.
events_claimed AS (
    SELECT
        * EXCLUDE (shape, verbatim)
        REPLACE (/* identity */ userIdentity AS userIdentity, /* tls */ tlsDetails AS tlsDetails)
    FROM claimed.main.events
    WHERE file BETWEEN $first AND $last
        AND file IN (SELECT file FROM store.main.files)
),
events_said AS (
    SELECT
        * EXCLUDE (shape, verbatim)
        REPLACE (/* identity */ userIdentity AS userIdentity, /* tls */ tlsDetails AS tlsDetails)
    FROM store.main.events
),
repeats_claimed AS (
    SELECT *
    FROM claimed.main.repeats
    WHERE file BETWEEN $first AND $last
        AND file IN (SELECT file FROM store.main.files)
),
event_rows AS (
    SELECT
        coalesce(claim.file, said.file) AS file,
        coalesce(claim.position, said.position) AS position,
        claim.file IS NULL AS lacking,
        said.file IS NULL AS added,
        said.eventID,
        -- Of rows that are on one side only, repeats above all, nothing else is asked.
        CASE WHEN claim.file IS NOT NULL AND said.file IS NOT NULL THEN to_json(claim) END AS was,
        CASE WHEN claim.file IS NOT NULL AND said.file IS NOT NULL THEN to_json(said) END AS says
    FROM events_claimed AS claim
    FULL JOIN events_said AS said USING (file, position)
    WHERE claim IS DISTINCT FROM said
),
-- A record without a row repeats an event that has one, or was not asked for.
event_differences AS (
    SELECT
        'events' AS "table",
        event_rows.file,
        event_rows.position,
        CASE WHEN lacking THEN 'lacking' WHEN added THEN 'added' ELSE 'different' END AS what,
        CASE WHEN NOT lacking AND NOT added THEN list_filter(json_keys(was), lambda k: (was -> k) IS DISTINCT FROM (says -> k)) END AS columns
    FROM event_rows
    LEFT JOIN repeats_claimed AS repeat USING (file, position)
    LEFT JOIN files_claimed USING (file)
    WHERE NOT lacking
        OR repeat.eventID IS DISTINCT FROM event_rows.eventID
        OR (repeat.file IS NULL AND coalesce(files_claimed.filtered, 0) = 0)
),
repeat_differences AS (
    SELECT 'repeats', file, position, 'added', NULL::VARCHAR[]
    FROM repeats_claimed
    ANTI JOIN events_said USING (file, position)
),
-- Of what a file was packed in nothing is kept, and its size and ETag are those of then.
files_compared AS (
    SELECT file, account, region, kind, delivered, sha256, jsonBytes, records, firstEventTime, lastEventTime, status, folder, name, trail, homeRegion, backfill
    FROM files_claimed
),
files_said AS (
    SELECT file, account, region, kind, delivered, sha256, jsonBytes, records, firstEventTime, lastEventTime, status, folder, name, trail, homeRegion, backfill
    FROM store.main.files
),
file_rows AS (
    SELECT said.file, to_json(claim) AS was, to_json(said) AS says
    FROM files_said AS said
    LEFT JOIN files_compared AS claim USING (file)
    WHERE claim IS DISTINCT FROM said
),
file_differences AS (
    SELECT 'files', file, NULL::INTEGER, 'different', list_filter(json_keys(says), lambda k: (was -> k) IS DISTINCT FROM (says -> k))
    FROM file_rows
    UNION ALL
    SELECT 'files', file, NULL, 'different', ['new', 'repeated']
    FROM files_claimed
    LEFT JOIN (SELECT file, count(*) AS n FROM events_claimed GROUP BY file) AS e USING (file)
    LEFT JOIN (SELECT file, count(*) AS n FROM repeats_claimed GROUP BY file) AS r USING (file)
    WHERE new <> coalesce(e.n, 0)
        OR repeated <> coalesce(r.n, 0)
),
-- A signature is metadata, and no part of the digest file.
digest_rows AS (
    SELECT coalesce(claim.file, said.file) AS file, to_json(claim) AS was, to_json(said) AS says
    FROM (
        SELECT * EXCLUDE (signature, signatureAlgorithm, backfillGenerationTimestamp)
        FROM claimed.main.digests
        WHERE file IN (SELECT file FROM store.main.files)
    ) AS claim
    FULL JOIN (
        SELECT * EXCLUDE (signature, signatureAlgorithm, backfillGenerationTimestamp)
        FROM store.main.digests
    ) AS said USING (file)
    WHERE claim IS DISTINCT FROM said
),
digest_differences AS (
    SELECT 'digests', file, NULL::INTEGER, 'different', list_filter(json_keys(coalesce(says, was)), lambda k: (was -> k) IS DISTINCT FROM (says -> k))
    FROM digest_rows
),
listed_rows AS (
    SELECT coalesce(claim.file, said.file) AS file, coalesce(claim.position, said.position) AS position, to_json(claim) AS was, to_json(said) AS says
    FROM (
        SELECT *
        FROM claimed.main.digest_log_files
        WHERE file BETWEEN $first AND $last
            AND file IN (SELECT file FROM store.main.files)
    ) AS claim
    FULL JOIN store.main.digest_log_files AS said USING (file, position)
    WHERE claim IS DISTINCT FROM said
),
listed_differences AS (
    SELECT 'digest_log_files', file, position, 'different', list_filter(json_keys(coalesce(says, was)), lambda k: (was -> k) IS DISTINCT FROM (says -> k))
    FROM listed_rows
)
FROM event_differences
UNION ALL
FROM repeat_differences
UNION ALL
FROM file_differences
UNION ALL
FROM digest_differences
UNION ALL
FROM listed_differences
ORDER BY file, "table", position NULLS FIRST
LIMIT $limit
