-- The records of what was set up, as it was done: whatever was refused, and the alarms on
-- AWS's own metrics, set nothing up.
SELECT
    eventTime,
    coalesce(eventID::VARCHAR, '') AS eventID,
    coalesce(/* account */ recipientAccountId, '') AS account,
    coalesce(awsRegion, '') AS region,
    eventName AS name,
    coalesce(requestParameters, '') AS parameters,
    coalesce(responseElements, '') AS response
FROM events
WHERE NOT errored
    AND eventTime IS NOT NULL
    AND CASE eventSource
        WHEN 'cloudtrail.amazonaws.com' THEN eventName IN (
            'CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging', 'PutEventSelectors', 'PutInsightSelectors'
        )
        WHEN 'logs.amazonaws.com' THEN eventName IN (
            'CreateLogGroup', 'DeleteLogGroup', 'PutMetricFilter', 'DeleteMetricFilter'
        )
        WHEN 'monitoring.amazonaws.com' THEN eventName IN (
            'PutMetricAlarm', 'DeleteAlarms', 'EnableAlarmActions', 'DisableAlarmActions'
        ) AND NOT coalesce(starts_with(try_cast(requestParameters AS JSON) ->> 'namespace', 'AWS/'), false)
        WHEN 's3.amazonaws.com' THEN eventName IN (
            'CreateBucket', 'DeleteBucket', 'PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketVersioning',
            'PutBucketLifecycle', 'DeleteBucketLifecycle', 'PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock'
        )
        ELSE false
    END
ORDER BY eventTime, eventID, file, position
