-- What the ledger knows of each object: enough to tell whether it has to be
-- fetched again. Of a file that was loaded under a filter, or of an archive, whose
-- members may have been left out, only a run with the same filter can say that it is done with.
SELECT
    files.file,
    files.uri,
    coalesce(files.size, 0) AS size,
    coalesce(files.etag, '') AS etag,
    files.status,
    coalesce(files.overLimit, 0) AS overLimit,
    files.jsonBytes,
    CASE WHEN files.filtered > 0 OR files.kind = 'archive' THEN coalesce(runs.filter, '') ELSE '' END AS filter,
    files.superseded IS NULL AND files.replaced IS NULL AS current,
    files.versionId IS NOT NULL AS named
FROM files
JOIN runs USING (run)
