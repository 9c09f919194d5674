-- The log files that digests list and that are not here as they were delivered.
judged AS (
    SELECT
        *,
        try_strptime(regexp_extract(name, '_(\d{8}T\d{4}Z)', 1), '%Y%m%dT%H%MZ') AS delivered
    FROM verdicts
    WHERE verdict <> 'valid'
        AND proven
        AND ($since IS NULL OR digestEndTime > $since)
        AND ($until IS NULL OR digestStartTime < $until)
)
SELECT
    account,
    region,
    trail,
    verdict,
    's3://' || s3Bucket || '/' || s3Object AS listed,
    uri,
    digestStartTime,
    digestEndTime,
    hash,
    sha256
FROM judged
WHERE NOT coalesce(verdict = 'missing' AND (delivered < $loadedSince OR delivered >= $loadedUntil), false)
ORDER BY account, region, trail, digestEndTime, s3Object, digest, position
LIMIT $limit
