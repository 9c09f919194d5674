-- What a store has, by account and Region. The first and the last time are those that log
-- files say; times before there was a CloudTrail, or of tomorrow, are foreign text.
SELECT
    /* account */ recipientAccountId AS account,
    awsRegion AS region,
    count(*) AS events,
    count(*) FILTER (WHERE eventCategory = 'Insight') AS insights,
    count(*) FILTER (WHERE eventTime IS NULL) AS timeless,
    count(*) FILTER (WHERE eventTime < '2013-11-13' OR eventTime >= $tomorrow) AS odd,
    min(eventTime) FILTER (WHERE eventTime >= '2013-11-13' AND eventTime < $tomorrow) AS first,
    max(eventTime) FILTER (WHERE eventTime >= '2013-11-13' AND eventTime < $tomorrow) AS last
FROM events
GROUP BY ALL
ORDER BY events DESC, account, region;
