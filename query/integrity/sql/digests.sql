-- The digests of the accounts, Regions and trails asked for, those that other ones have
-- taken the place of left out.
SELECT
    digests.file,
    files.uri,
    coalesce(files.sha256, '') AS sha256,
    digests.account,
    digests.region,
    digests.trail,
    digests.homeRegion,
    digests.backfill,
    digestStartTime,
    digestEndTime,
    digestS3Bucket,
    digestS3Object,
    digestPublicKeyFingerprint,
    coalesce(previousDigestS3Bucket, '') AS previousDigestS3Bucket,
    coalesce(previousDigestS3Object, '') AS previousDigestS3Object,
    coalesce(previousDigestHashValue, '') AS previousDigestHashValue,
    coalesce(previousDigestHashAlgorithm, '') AS previousDigestHashAlgorithm,
    coalesce(previousDigestSignature, '') AS previousDigestSignature,
    coalesce(signature, '') AS signature,
    coalesce(backfillGenerationTimestamp, '') AS backfillGenerationTimestamp,
    coalesce(files.members, 1) AS members
FROM digests
JOIN files USING (file)
WHERE files.superseded IS NULL
    AND ($accounts IS NULL OR list_contains($accounts::VARCHAR[], digests.account))
    AND ($regions IS NULL OR list_contains($regions::VARCHAR[], digests.region))
    AND ($trail IS NULL OR digests.trail = $trail)
ORDER BY digests.account, digests.region, digests.trail, digests.homeRegion, digests.backfill, digestEndTime, digestStartTime, files.uri, digests.file
