-- On which days somebody asked AWS for logs, findings or alarms: a row for each day of the period.
WITH days AS (
    SELECT unnest(generate_series(
        date_trunc('day', $since::TIMESTAMP), $until::TIMESTAMP - INTERVAL 1 MICROSECOND, INTERVAL 1 DAY
    ))::DATE AS day
),
looks AS (
    SELECT
        eventTime::DATE AS day,
        count(*) AS looks,
        count(DISTINCT actor) AS people,
        array_to_string(list_sort(list_distinct(list(actor)))[:5], ' ') AS somePeople
    FROM events
    WHERE /* filters */ true
        AND eventName IN [
            'LookupEvents', 'StartQuery', 'GetQueryResults', 'FilterLogEvents', 'GetLogEvents', 'StartLiveTail', 'StartQueryExecution',
            'GetFindings', 'ListFindings', 'BatchUpdateFindings', 'DescribeAlarmHistory'
        ]
        AND eventSource IN [
            'cloudtrail.amazonaws.com', 'logs.amazonaws.com', 'athena.amazonaws.com', 'guardduty.amazonaws.com',
            'securityhub.amazonaws.com', 'monitoring.amazonaws.com'
        ]
        AND userIdentity.type <> 'AWSService'
    GROUP BY ALL
)
SELECT day, coalesce(looks, 0) AS looks, coalesce(people, 0) AS people, somePeople
FROM days
LEFT JOIN looks USING (day)
ORDER BY day
