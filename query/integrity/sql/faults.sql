-- The log files that digests list and that are not here as they were delivered. $lost
-- are digests that nothing is wrong with but that their signatures are lost.
judged AS (
    SELECT
        *,
        CASE WHEN verdict = 'missing' THEN try_strptime(regexp_extract(name, '_(\d{8}T\d{4}Z)', 1), '%Y%m%dT%H%MZ') END AS delivered
    FROM verdicts
    WHERE verdict <> 'valid'
        AND (proven OR digest IN (SELECT unnest($lost::INTEGER[])))
        AND ($since IS NULL OR digestEndTime > $since)
        AND ($until IS NULL OR digestStartTime < $until)
)
SELECT
    judged.account,
    judged.region,
    trail,
    verdict,
    's3://' || s3Bucket || '/' || s3Object AS listed,
    coalesce(files.uri, '') AS uri,
    digestStartTime,
    digestEndTime,
    hashValue,
    coalesce(files.sha256, '') AS sha256,
    proven
FROM judged
LEFT JOIN files ON files.file = judged.found
WHERE NOT coalesce(verdict = 'missing' AND (judged.delivered < $loadedSince OR judged.delivered >= $loadedUntil), false)
ORDER BY judged.account, judged.region, trail, digestEndTime, s3Object, digest, position
LIMIT $limit
