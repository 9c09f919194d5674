-- Digest files that could not be read.
SELECT
    coalesce(account, '') AS account,
    coalesce(region, '') AS region,
    uri,
    delivered,
    coalesce(error, status) AS error
FROM files
WHERE kind = 'CloudTrail-Digest'
    AND status <> 'loaded'
    AND superseded IS NULL
    AND ($accounts IS NULL OR account IS NULL OR list_contains($accounts::VARCHAR[], account))
    AND ($regions IS NULL OR region IS NULL OR list_contains($regions::VARCHAR[], region))
    -- The trail's name is in the file's: account_CloudTrail-Digest_region_trail_homeRegion_time.
    AND ($trail IS NULL OR contains(uri, '_' || $trail || '_'))
ORDER BY uri, file
