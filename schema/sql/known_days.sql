-- The days and places that there are events of.
SELECT DISTINCT
    date_trunc('day', eventTime)::TIMESTAMP,
    coalesce(recipientAccountId, ''),
    coalesce(awsRegion, '')
FROM events
WHERE eventTime IS NOT NULL
