-- The times in which a trail was off.
WITH switches AS (
    FROM (/* logging switches */ '')
)
SELECT account, region, coalesce(trail, '') AS trail, since, until
FROM switches
WHERE off
ORDER BY since, account, region, trail;
