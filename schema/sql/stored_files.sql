-- What it takes to give each log file back.
SELECT
    files.file,
    files.uri,
    files.status,
    coalesce(files.sha256, '') AS sha256,
    files.jsonBytes,
    coalesce(files.overLimit, 0) AS overLimit,
    files.filtered,
    coalesce(files.account, '') AS account,
    coalesce(files.region, '') AS region,
    files.firstEventTime,
    files.lastEventTime,
    files.records,
    files.envelope,
    originals.file IS NOT NULL AS kept,
    coalesce(originals.sha256, '') AS keptSHA256,
    coalesce(files.superseded, 0) AS superseded,
    coalesce(files.sha256 = newer.sha256, false) AS same,
    coalesce(files.versionId, '') AS versionId,
    files.replaced IS NOT NULL AS replaced,
    coalesce(digests.signature, '') AS signature,
    coalesce(digests.signatureAlgorithm, '') AS signatureAlgorithm,
    coalesce(digests.backfillGenerationTimestamp, '') AS backfillGenerationTimestamp
FROM files
LEFT JOIN originals ON originals.file = files.file
LEFT JOIN files AS newer ON newer.file = files.superseded
LEFT JOIN digests ON digests.file = files.file
WHERE files.status NOT IN ('archived', 'failed', 'other')
    AND files.kind IS DISTINCT FROM 'archive' -- whose members are files of their own
ORDER BY files.file;
