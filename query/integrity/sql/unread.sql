-- Digest files that could not be read.
SELECT
    coalesce(account, '') AS account,
    coalesce(region, '') AS region,
    uri,
    delivered,
    coalesce(error, status) AS error,
    name,
    coalesce(trail, '') AS trail,
    coalesce(homeRegion, '') AS homeRegion,
    coalesce(backfill, false) AS backfill
FROM files
WHERE kind = 'CloudTrail-Digest'
    AND status <> 'loaded'
    AND superseded IS NULL
    AND ($accounts IS NULL OR account IS NULL OR list_contains($accounts::VARCHAR[], account))
    AND ($regions IS NULL OR region IS NULL OR list_contains($regions::VARCHAR[], region))
    AND ($trail IS NULL OR trail = $trail)
ORDER BY uri, file
