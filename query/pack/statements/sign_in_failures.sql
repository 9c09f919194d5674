-- Failed sign-ins by who and by the half hour, those in which there were several.
SELECT
    time_bucket(INTERVAL 30 MINUTE, eventTime) AS halfHour,
    /* account */ recipientAccountId AS account,
    coalesce(username, actor, '(unknown)') AS name,
    count(*) AS failures,
    count(DISTINCT sourceIPAddress) AS addresses,
    array_to_string(list_sort(list_distinct(list(sourceIPAddress)))[:5], ' ') AS someAddresses,
    min(eventTime) AS first,
    max(eventTime) AS last
FROM events
WHERE /* filters */ true
    AND /* calls of failed-sign-ins */ true
    AND errored
GROUP BY ALL
HAVING count(*) > 1
ORDER BY halfHour, account, name
