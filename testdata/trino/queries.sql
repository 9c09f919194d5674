-- Who did what, and how often.
SELECT useridentity.arn, eventname, count(*) AS calls
FROM cloudtrail_logs
WHERE useridentity.arn IS NOT NULL
GROUP BY useridentity.arn, eventname

SELECT requestparameters, eventtime FROM $EDS_ID WHERE eventname = 'StopLogging'
