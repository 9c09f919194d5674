-- From when to when somebody had a trail switched off, as far as the calls that switch it tell.
WITH switches AS (
    FROM (/* logging switches */ '')
)
SELECT
    account,
    region,
    coalesce(trail, '(unknown)') AS trail,
    since AS offSince,
    until AS onAgain,
    round(datediff('minute', since, coalesce(until, $until::TIMESTAMP)) / 60, 1) AS hours
FROM switches
WHERE off
    AND since < $until::TIMESTAMP
    AND coalesce(until, $until::TIMESTAMP) >= $since::TIMESTAMP
    AND (len($accounts::VARCHAR[]) = 0 OR account IN (SELECT unnest($accounts::VARCHAR[])))
ORDER BY account, region, trail, since
