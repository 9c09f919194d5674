-- What a lookup shows of some rows of events, and their records. $first and $last
-- are the first and the last of $rows: DuckDB reads nothing outside of constants.
SELECT
    rowid,
    eventTime,
    -- Of Insights events, what stood out.
    coalesce(eventName, insightDetails ->> '$.eventName') AS eventName,
    username,
    touched,
    sourceIPAddress,
    -- A sign-in fails without a code.
    coalesce(errorCode, errorMessage, CASE WHEN errored THEN 'Failure' END) AS error,
    eventID,
    file,
    position,
    coalesce(eventSource, insightDetails ->> '$.eventSource') AS eventSource,
    awsRegion,
    /* account */ recipientAccountId AS account,
    userIdentity.accessKeyId AS accessKeyId,
    readOnly,
    /* record */ NULL AS record
FROM events
WHERE rowid BETWEEN $first AND $last
    AND rowid IN (SELECT unnest($rows::BIGINT[]));
