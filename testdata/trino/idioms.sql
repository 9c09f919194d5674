-- How people get at what is in the blocks, in a file like queries.sql.

SELECT * FROM cloudtrail_logs WHERE eventname = 'PutObject' AND useridentity.sessioncontext.webidfederationdata IS NULL AND useridentity.sessioncontext.sessionissuer.arn <> ''

SELECT eventid FROM cloudtrail_logs WHERE requestparameters LIKE '%"bucketName":"example-%'

SELECT eventid FROM cloudtrail_logs WHERE regexp_like(requestparameters, '"key":"[^"]*customer')

SELECT eventid FROM cloudtrail_logs WHERE json_extract_scalar(requestparameters, '$.roleArn') IN (SELECT r.arn FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS r(arn, accountid, type))

SELECT eventid FROM cloudtrail_logs WHERE CAST(json_extract(requestparameters, '$.userName') AS varchar) = 'backup-user'

SELECT eventid, CAST(json_parse(requestparameters) AS map(varchar, json))['name'] FROM cloudtrail_logs WHERE eventname = 'StopLogging'

SELECT eventid, CAST(element_at(CAST(json_parse(requestparameters) AS map(varchar, json)), 'bucketName') AS varchar) FROM cloudtrail_logs WHERE eventsource = 's3.amazonaws.com'

SELECT eventid, json_format(element_at(CAST(json_parse(requestparameters) AS map(varchar, json)), 'key')) FROM cloudtrail_logs WHERE eventname = 'GetObject'

SELECT eventid, json_extract_scalar(requestparameters, '$["bucketName"]') FROM cloudtrail_logs WHERE eventname = 'GetObject'

SELECT eventid, transform(CAST(json_extract(responseelements, '$.instancesSet.items') AS array(json)), i -> json_extract_scalar(i, '$.instanceId')) FROM cloudtrail_logs WHERE eventname IN ('RunInstances', 'TerminateInstances')

SELECT eventid, cardinality(filter(CAST(json_extract(responseelements, '$.instancesSet.items') AS array(json)), i -> json_extract_scalar(i, '$.instanceId') LIKE 'i-0%')) FROM cloudtrail_logs WHERE eventname LIKE '%Instances'

SELECT eventid FROM cloudtrail_logs WHERE any_match(CAST(json_extract(requestparameters, '$.ipPermissions.items') AS array(json)), p -> json_extract_scalar(p, '$.fromPort') = '22')

SELECT eventid, json_extract_scalar(CAST(json_extract(requestparameters, '$.ipPermissions.items') AS array(json))[1], '$.ipProtocol') FROM cloudtrail_logs WHERE eventname = 'AuthorizeSecurityGroupIngress'

SELECT eventid, CAST(json_extract(requestparameters, '$.instancesSet.items') AS array(map(varchar, varchar))) FROM cloudtrail_logs WHERE eventname = 'TerminateInstances'

SELECT eventid, CAST(json_extract(requestparameters, '$') AS map(varchar, varchar)) FROM cloudtrail_logs WHERE eventname IN ('StopLogging', 'DeleteTrail', 'AttachUserPolicy')

SELECT eventid, item FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.instancesSet.items') AS array(map(varchar, varchar)))) AS t(item)

SELECT eventid, try(json_parse(useragent)), try(json_format(json_parse(errormessage))) FROM cloudtrail_logs

SELECT eventid, json_extract(requestparameters, '$.policyDocument'), json_extract(json_parse(json_extract_scalar(requestparameters, '$.policyDocument')), '$.Statement[0].Effect') FROM cloudtrail_logs WHERE eventname = 'PutRolePolicy'

SELECT json_extract_scalar(statement, '$.Effect') AS effect, json_extract_scalar(statement, '$.Action') AS action, json_extract_scalar(statement, '$.Action[0]') AS first_action
FROM cloudtrail_logs
CROSS JOIN UNNEST(CAST(json_extract(json_extract_scalar(requestparameters, '$.policyDocument'), '$.Statement') AS array(json))) AS t(statement)
WHERE eventname LIKE 'Put%Policy'

SELECT eventid, eventtime FROM cloudtrail_logs WHERE eventtime BETWEEN '2026-03-02T22:00:00Z' AND '2026-03-02T22:20:00Z'

SELECT eventid FROM cloudtrail_logs WHERE eventtime > to_iso8601(from_iso8601_timestamp('2026-03-03T12:00:00Z') - interval '2' hour)

SELECT eventid FROM cloudtrail_logs WHERE eventtime > date_format(timestamp '2026-03-03 10:00:00', '%Y-%m-%dT%H:%i:%sZ')

SELECT eventid FROM cloudtrail_logs WHERE parse_datetime(eventtime, 'yyyy-MM-dd''T''HH:mm:ss''Z''') > parse_datetime('2026-03-03:10:00:00', 'yyyy-MM-dd:HH:mm:ss')

SELECT eventid FROM cloudtrail_logs WHERE date(from_iso8601_timestamp(eventtime)) = date '2026-03-03' AND readonly = 'false'

SELECT eventid FROM cloudtrail_logs WHERE CAST(from_iso8601_timestamp(eventtime) AS date) >= CAST('2026-03-03' AS date) AND errorcode IS NOT NULL

SELECT eventid FROM cloudtrail_logs WHERE date_parse(date_partition, '%Y/%m/%d') >= date '2026-03-03' AND errorcode IS NOT NULL

SELECT eventid FROM cloudtrail_logs WHERE timestamp >= date_format(date '2026-03-04' - interval '1' day, '%Y/%m/%d') AND errorcode IS NOT NULL

SELECT eventid FROM cloudtrail_logs WHERE year = '2026' AND month = '03' AND CAST(day AS integer) = 3 AND errorcode IS NOT NULL

SELECT eventid FROM cloudtrail_logs WHERE concat(year, '-', month, '-', day) = '2026-03-03' AND errorcode IS NOT NULL

SELECT eventid FROM cloudtrail_logs WHERE CAST(concat(year, '-', month, '-', day) AS date) BETWEEN date '2026-03-03' AND date '2026-03-04' AND errorcode IS NOT NULL

SELECT eventid FROM cloudtrail_logs WHERE from_iso8601_timestamp(eventtime) > from_unixtime(1772535600) AND readonly = 'false'

SELECT to_unixtime(from_iso8601_timestamp(eventtime)) - to_unixtime(timestamp '2026-03-02 00:00:00') AS seconds FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin'

SELECT date_diff('second', lag(from_iso8601_timestamp(eventtime)) OVER (PARTITION BY sourceipaddress ORDER BY eventtime, eventid), from_iso8601_timestamp(eventtime)) AS pause FROM cloudtrail_logs WHERE sourceipaddress = '203.0.113.77'

SELECT floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 900) AS quarter, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 900) * 900) AS quarter, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT minute(from_iso8601_timestamp(eventtime)) / 15 * 15 AS quarter, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT date_trunc('hour', from_iso8601_timestamp(eventtime)) + interval '30' minute AS half, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT day_of_week(from_iso8601_timestamp(eventtime)) IN (6, 7) OR hour(from_iso8601_timestamp(eventtime)) NOT BETWEEN 8 AND 18 AS odd, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT substr(useridentity.arn, 14, 12) AS account, substring(sourceipaddress, 1, 3), count(*) FROM cloudtrail_logs GROUP BY 1, 2

SELECT split(useridentity.principalid, ':')[1] AS id, count(*) FROM cloudtrail_logs WHERE useridentity.principalid IS NOT NULL GROUP BY 1

SELECT split_part(useridentity.arn, '/', cardinality(split(useridentity.arn, '/'))) AS name, count(*) FROM cloudtrail_logs WHERE useridentity.arn IS NOT NULL GROUP BY 1

SELECT reverse(split_part(reverse(useridentity.arn), '/', 1)) AS name, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT coalesce(split_part(useridentity.arn, '/', 2), 'none') AS role, coalesce(nullif(split_part(useridentity.arn, '/', 3), ''), 'none') AS session, count(*) FROM cloudtrail_logs GROUP BY 1, 2

SELECT regexp_extract(useridentity.arn, '[^/]+$') AS name, regexp_extract(useridentity.arn, 'assumed-role/([^/]+)/(.+)', 1) AS role, count(*) FROM cloudtrail_logs GROUP BY 1, 2

SELECT CASE WHEN useragent LIKE 'aws-cli%' THEN 'cli' WHEN regexp_like(useragent, '^[a-z-]+\.amazonaws\.com$') THEN 'service' WHEN lower(useragent) LIKE '%mozilla%' THEN 'browser' ELSE 'other' END AS agent, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT lower(trim(useridentity.username)) AS username, count(*) FROM cloudtrail_logs WHERE useridentity.username IS NOT NULL GROUP BY 1

SELECT array_join(array_agg(DISTINCT eventname), ',') <> '' AS some, array_join(array_sort(array_agg(DISTINCT eventname)), ',') AS names, useridentity.arn FROM cloudtrail_logs WHERE errorcode IS NOT NULL GROUP BY useridentity.arn

SELECT useridentity.arn, array_join(slice(array_sort(array_agg(DISTINCT eventname)), 1, 3), ' ') AS three FROM cloudtrail_logs GROUP BY useridentity.arn

SELECT useridentity.arn, cardinality(array_distinct(array_agg(sourceipaddress))) AS addresses, cardinality(array_intersect(array_agg(awsregion), ARRAY['us-east-1', 'eu-west-1'])) AS usual FROM cloudtrail_logs GROUP BY useridentity.arn

SELECT eventname, CAST(count(*) AS double) / (SELECT count(*) FROM cloudtrail_logs) AS share FROM cloudtrail_logs GROUP BY eventname

SELECT eventname, round(CAST(count(*) AS double) * 100 / sum(count(*)) OVER (), 1) AS percent FROM cloudtrail_logs GROUP BY eventname

SELECT format('%.1f%%', 100e0 * count_if(errorcode IS NOT NULL) / count(*)) AS failed, awsregion FROM cloudtrail_logs GROUP BY awsregion

SELECT CAST(count_if(errorcode IS NOT NULL) * 1e2 / count(*) AS decimal(5, 2)) AS failed, awsregion FROM cloudtrail_logs GROUP BY awsregion

SELECT round(sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) / 1024 / 1024, 3) AS megabytes FROM cloudtrail_logs

SELECT max(try_cast(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS bigint)), sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredIn') AS double)) FROM cloudtrail_logs

SELECT eventid FROM cloudtrail_logs WHERE useridentity.sessioncontext.attributes.mfaauthenticated = 'false' OR (useridentity.sessioncontext IS NULL AND useridentity.type = 'IAMUser')

SELECT eventid FROM cloudtrail_logs WHERE CAST(readonly AS boolean) = false AND CAST(useridentity.sessioncontext.attributes.mfaauthenticated AS boolean)

SELECT eventid FROM cloudtrail_logs WHERE element_at(resources, 1).type = 'AWS::KMS::Key' OR resources[1].accountid = '444455556666'

SELECT eventid, element_at(resources, 2).arn FROM cloudtrail_logs WHERE cardinality(resources) IS NOT NULL

SELECT eventid FROM cloudtrail_logs WHERE contains(transform(resources, r -> r.type), 'AWS::S3::Object') AND resources[1].arn LIKE '%customers%'

SELECT eventid, array_max(transform(filter(resources, r -> r.accountid IS NOT NULL), r -> r.arn)) FROM cloudtrail_logs WHERE cardinality(resources) > 0

SELECT eventid, reduce(resources, '', (s, r) -> s || coalesce(r.type, '?') || ';', s -> s) FROM cloudtrail_logs WHERE resources IS NOT NULL

SELECT count(*) FROM cloudtrail_logs WHERE cardinality(resources) = 0 OR resources IS NULL

SELECT eventname FROM cloudtrail_logs WHERE errorcode = 'AccessDenied' AND regexp_like(errormessage, 'explicit deny|is not authorized') GROUP BY eventname

SELECT regexp_extract(errormessage, 'perform: ([a-z0-9-]+:[A-Za-z]+)', 1) AS action, regexp_extract(errormessage, 'on resource: (\S+)', 1) AS resource, count(*) FROM cloudtrail_logs WHERE errorcode LIKE '%Denied%' GROUP BY 1, 2

SELECT url_decode(json_extract_scalar(requestparameters, '$.key')) AS object, url_encode(json_extract_scalar(requestparameters, '$.key')) AS encoded FROM cloudtrail_logs WHERE eventname = 'GetObject'

SELECT to_hex(md5(to_utf8(useridentity.arn))) AS hash, lower(to_hex(sha256(CAST(sourceipaddress AS varbinary)))) AS address, count(*) FROM cloudtrail_logs GROUP BY 1, 2

SELECT eventid, IF(sourceipaddress LIKE '%.amazonaws.com', NULL, sourceipaddress) AS address, IF(useridentity.type = 'Root', 'root') AS root FROM cloudtrail_logs

SELECT element_at(requestParameters, 'bucketName') AS bucket, count(*) FROM $EDS_ID WHERE element_at(requestParameters, 'bucketName') IS NOT NULL GROUP BY 1

SELECT eventID, requestParameters IS NULL, cardinality(requestParameters) > 2, element_at(requestParameters, 'none') IS NULL FROM $EDS_ID

SELECT eventID, json_extract_scalar(element_at(requestParameters, 'instancesSet'), '$.items[0].instanceId'), CAST(json_extract(element_at(requestParameters, 'instancesSet'), '$.items') AS array(json)) FROM $EDS_ID WHERE eventName = 'TerminateInstances'

SELECT eventID FROM $EDS_ID WHERE eventTime > date_add('hour', -3, timestamp '2026-03-03 12:00:00') AND element_at(responseElements, 'x') IS NULL AND NOT readOnly

SELECT date(eventTime) AS day, hour(eventTime) AS hour, count_if(NOT readOnly) AS writes FROM $EDS_ID GROUP BY date(eventTime), hour(eventTime)

SELECT eventID, any_match(resources, r -> r.type = 'AWS::IAM::Role'), transform(resources, r -> r.accountId) FROM $EDS_ID WHERE resources IS NOT NULL

SELECT userIdentity.sessionContext.sessionIssuer IS NULL AS direct, userIdentity.sessionContext.attributes IS NULL AS plain, count(*) FROM $EDS_ID GROUP BY 1, 2
