-- Log files that were whole when they were loaded, and that were something else when a
-- run read them again.
SELECT
    newer.file,
    newer.uri,
    newer.status
FROM files
JOIN files AS newer ON newer.file = files.superseded
WHERE newer.run = $run
    AND files.status = 'loaded'
    AND files.replaced IS NULL -- what a versioned bucket tells of is told as that
    AND newer.sha256 IS DISTINCT FROM files.sha256
ORDER BY newer.uri, files.file
