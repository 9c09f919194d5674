SELECT value, coalesce(region, '') AS region, validityStartTime, validityEndTime, source
FROM public_keys
ORDER BY region, validityStartTime, fingerprint
