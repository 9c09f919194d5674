-- The verifications that were kept, the latest first; what it found has only the latest.
SELECT
    verification AS number,
    started,
    finished,
    version,
    coalesce(scope, '') AS scope,
    CASE WHEN row_number() OVER (ORDER BY verification DESC) = 1 THEN summary ELSE '' END AS summary
FROM verifications
ORDER BY verification DESC
LIMIT 50
