-- title:  The log files behind an answer, and their proof
-- group:  Completeness
-- why:    each log file that holds such an event, be it not the first to have it, with the
--         SHA-256 of its uncompressed bytes and what verify has found out of it: proven is
--         one that a digest lists which CloudTrail signed; events are counted with the first
--         file that has them
-- column: uri, sha256, proof, status, account, region, delivered, records, events, repeats,
--         bytes, firstEventTime, lastEventTime, version, run, file
-- aside:  run, file
WITH matching AS (
    SELECT
        file,
        count(*) AS events,
        list(position) FILTER ((file, position) IN (SELECT (firstFile, firstPosition) FROM repeats)) AS repeated
    FROM events
    WHERE /* filters */ true
    GROUP BY file
),
holding AS (
    SELECT file, events, 0 AS repeats FROM matching
    UNION ALL
    SELECT repeats.file, 0, count(*)
    FROM (SELECT file, unnest(repeated) AS position FROM matching) AS again
    JOIN repeats ON repeats.firstFile = again.file AND repeats.firstPosition = again.position
    GROUP BY repeats.file
),
held AS (
    SELECT file, sum(events)::BIGINT AS events, sum(repeats)::BIGINT AS repeats
    FROM holding
    GROUP BY file
)
SELECT
    files.uri,
    files.sha256,
    coalesce(proofs.state, 'not verified') AS proof,
    CASE WHEN files.superseded IS NULL THEN files.status ELSE files.status || ', replaced' END AS status,
    files.account,
    files.region,
    files.delivered,
    files.records,
    held.events,
    held.repeats,
    files.jsonBytes AS bytes,
    files.firstEventTime,
    files.lastEventTime,
    files.versionId AS version,
    files.run,
    files.file
FROM held
JOIN files USING (file)
LEFT JOIN proofs USING (file)
ORDER BY files.uri, files.file;
