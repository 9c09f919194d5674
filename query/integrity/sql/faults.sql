-- The log files that digests list and that are not here as they were delivered. $lost
-- are digests that nothing is wrong with but that their signatures are lost.
faults AS (
    SELECT *
    FROM verdicts
    WHERE verdict NOT IN ('valid', 'left out')
        AND (proven OR digest IN (SELECT unnest($lost::INTEGER[])))
        AND ($since IS NULL OR digestEndTime > $since)
        AND ($until IS NULL OR digestStartTime < $until)
)
SELECT
    faults.account,
    faults.region,
    faults.trail,
    verdict,
    's3://' || s3Bucket || '/' || s3Object AS listed,
    coalesce(files.uri, '') AS uri,
    digestStartTime,
    digestEndTime,
    hashValue,
    coalesce(files.sha256, '') AS sha256,
    proven
FROM faults
LEFT JOIN files ON files.file = faults.found
ORDER BY faults.account, faults.region, faults.trail, digestEndTime, s3Object, digest, position
LIMIT $limit
