-- The trails that digests are of, in each account that they cover.
SELECT
    account,
    homeRegion AS home,
    trail,
    count(DISTINCT region) AS regions,
    max(digestEndTime) AS until,
    arg_max(digestS3Bucket, row(digestEndTime, digestS3Object)) AS bucket,
    arg_max(digestS3Object, row(digestEndTime, digestS3Object)) AS object
FROM digests
WHERE NOT backfill
GROUP BY account, homeRegion, trail
ORDER BY account, homeRegion, trail
