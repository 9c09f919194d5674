SELECT value, coalesce(region, '') AS region, validityStartTime, validityEndTime, source, added
FROM public_keys
ORDER BY region, validityStartTime, fingerprint, added
