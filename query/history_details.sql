-- What matters of some rows of events beside their names and resources, on a line each.
-- $first and $last are the first and the last of $rows: DuckDB reads nothing outside of
-- constants.
SELECT
    event AS rowid,
    /* detail */ NULL AS detail
FROM (
    SELECT
        rowid AS event,
        eventName,
        eventSource,
        readOnly,
        touched,
        userIdentity,
        requestParameters,
        responseElements,
        additionalEventData,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response
    FROM events
    WHERE rowid BETWEEN $first AND $last
        AND rowid IN (SELECT unnest($rows::BIGINT[]))
);
