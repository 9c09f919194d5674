-- How long after its last event a log file was delivered, by account, Region and day; a log file
-- says when by its name.
SELECT
    account,
    region,
    lastEventTime::DATE AS day,
    count(*) AS logFiles,
    round(median(datediff('second', lastEventTime, delivered)) / 60, 1) AS medianMinutes,
    round(max(datediff('second', lastEventTime, delivered)) / 60, 1) AS maxMinutes
FROM files
WHERE delivered IS NOT NULL
    AND records > 0
    AND superseded IS NULL
    AND lastEventTime >= $since::TIMESTAMP
    AND lastEventTime < $until::TIMESTAMP
    AND (len($accounts::VARCHAR[]) = 0 OR account IN (SELECT unnest($accounts::VARCHAR[])))
GROUP BY ALL
ORDER BY account, region, day
