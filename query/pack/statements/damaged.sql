-- Log files that were delivered and are not, or not wholly, in the store: nobody knows what was in them,
-- so that the period limits those alone of which the name tells a time.
SELECT uri, account, region, delivered, status, error, records
FROM files
WHERE status IN ('archived', 'corrupt', 'failed', 'partial')
    AND superseded IS NULL
    AND coalesce(delivered >= $since::TIMESTAMP, true)
    AND coalesce(delivered < $until::TIMESTAMP + INTERVAL 1 HOUR, true)
    AND (len($accounts::VARCHAR[]) = 0 OR account IS NULL OR account IN (SELECT unnest($accounts::VARCHAR[])))
ORDER BY uri, file
