-- Each log file that the digests list, in the order in which they do, with what became of
-- it.
lines AS (
    SELECT digest, position, s3Bucket, s3Object, verdict
    FROM verdicts
    WHERE ($since IS NULL OR digestEndTime >= $since)
        AND ($until IS NULL OR digestStartTime < $until)
)
SELECT digest, s3Bucket, s3Object, verdict
FROM lines
ORDER BY digest, position
