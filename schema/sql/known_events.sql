-- The events of one day in one place: what a record of that day and place may be a
-- repeat of. A repeat is the same bytes, so it has the same eventTime, account and
-- Region.
SELECT
    eventID,
    recordHash,
    file,
    position
FROM events
WHERE
    eventTime >= $1
    AND eventTime < $1 + INTERVAL 1 DAY
    AND coalesce(recipientAccountId, '') = $2
    AND coalesce(awsRegion, '') = $3
