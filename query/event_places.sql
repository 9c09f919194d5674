-- All places where some events were delivered, with the log files, and the digests that list
-- these. The first is the one that a record was read from.
WITH found AS (
    SELECT rowid AS event, file, position
    FROM events
    WHERE rowid BETWEEN $first AND $last
        AND rowid IN (SELECT unnest($rows::BIGINT[]))
),
places AS (
    SELECT event, file, position, true AS first
    FROM found
    UNION ALL
    SELECT found.event, repeats.file, repeats.position, false
    FROM found
    JOIN repeats ON repeats.firstFile = found.file AND repeats.firstPosition = found.position
),
-- A log file goes by its name, which has 16 random characters, and its hash.
listed AS (
    SELECT files.file, min(digests.digestEndTime) AS digestEnd, arg_min(of.uri, digests.digestEndTime) AS digest
    FROM files
    JOIN digest_log_files AS l ON l.name = files.name AND lower(l.hashValue) = files.sha256
    JOIN digests ON digests.file = l.file
    JOIN files AS of ON of.file = digests.file
    WHERE files.file IN (SELECT file FROM places)
    GROUP BY files.file
)
SELECT
    places.event AS rowid,
    places.file,
    places.position,
    places.first,
    files.uri,
    coalesce(files.sha256, '') AS sha256,
    coalesce(files.versionId, '') AS version,
    files.status,
    files.superseded IS NOT NULL AS superseded,
    files.jsonBytes AS bytes,
    files.delivered,
    files.run,
    runs.started AS loaded,
    coalesce(proofs.state, '') AS proof,
    coalesce(listed.digest, '') AS digest,
    listed.digestEnd
FROM places
JOIN files USING (file)
LEFT JOIN runs USING (run)
LEFT JOIN proofs ON proofs.file = places.file
LEFT JOIN listed ON listed.file = places.file
ORDER BY places.event, places.first DESC, places.file, places.position;
