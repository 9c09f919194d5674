-- What it takes to give each log file back.
SELECT
    files.file,
    files.uri,
    files.status,
    coalesce(files.sha256, '') AS sha256,
    files.jsonBytes,
    files.filtered,
    coalesce(files.account, '') AS account,
    coalesce(files.region, '') AS region,
    files.firstEventTime,
    files.lastEventTime,
    files.records,
    files.envelope,
    originals.file IS NOT NULL AS kept,
    coalesce(files.superseded, 0) AS superseded,
    coalesce(files.sha256 = newer.sha256, false) AS same
FROM files
LEFT JOIN originals ON originals.file = files.file
LEFT JOIN files AS newer ON newer.file = files.superseded
WHERE files.status <> 'failed'
ORDER BY files.file;
