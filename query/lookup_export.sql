-- What CSV has of a lookup, in the order of $rows. lookup_rows.sql stands for the table.
SELECT
    eventTime,
    eventName,
    username,
    array_to_string(list_transform(touched, lambda t: t.name), ', ') AS resources,
    sourceIPAddress,
    error,
    eventID,
    eventSource,
    awsRegion,
    account,
    accessKeyId,
    readOnly
FROM /* rows */ events
JOIN (SELECT unnest($rows::BIGINT[]) AS rowid, generate_subscripts($rows::BIGINT[], 1) AS nth) USING (rowid)
ORDER BY nth;
