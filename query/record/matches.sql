-- The events that a predicate is true of, with what else is asked of them.
SELECT
    file,
    position,
    eventTime AS time,
    recipientAccountId AS account,
    awsRegion AS region,
    /* values */ NULL AS "values"
FROM events
WHERE /* where */ true
    AND /* condition */ true
ORDER BY eventTime, file, position;
