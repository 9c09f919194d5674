-- Queries as people publish and save them for Athena's CloudTrail table and for CloudTrail
-- Lake, divided by empty lines. A comment above one says what the test is to know of it:
-- "ordered", where ORDER BY says all; "differs: why"; "fails"; "empty".

-- The whole table, and what a record may lack.
SELECT count(*) FROM cloudtrail_logs

SELECT count(*) AS total, count(errorcode) AS errors, count(useridentity.arn) AS known, count(DISTINCT useridentity.arn) AS principals FROM cloudtrail_logs

SELECT eventversion, eventtime, eventsource, eventname, awsregion, sourceipaddress, useragent, errorcode, errormessage, requestid, eventid, eventtype, apiversion, readonly, recipientaccountid, sharedeventid, vpcendpointid, vpcendpointaccountid, eventcategory, sessioncredentialfromconsole
FROM "default"."cloudtrail_logs"

SELECT eventid, requestparameters, responseelements, additionaleventdata, serviceeventdetails, edgedevicedetails FROM cloudtrail_logs

SELECT eventid, useridentity.type, useridentity.principalid, useridentity.arn, useridentity.accountid, useridentity.invokedby, useridentity.accesskeyid, useridentity.username
FROM cloudtrail_logs

SELECT eventid, useridentity.sessioncontext.attributes.mfaauthenticated, useridentity.sessioncontext.attributes.creationdate, useridentity.sessioncontext.sessionissuer.type, useridentity.sessioncontext.sessionissuer.principalid, useridentity.sessioncontext.sessionissuer.arn, useridentity.sessioncontext.sessionissuer.accountid, useridentity.sessioncontext.sessionissuer.username, useridentity.sessioncontext.ec2roledelivery, useridentity.sessioncontext.webidfederationdata.federatedprovider
FROM cloudtrail_logs

SELECT eventid, useridentity.onbehalfof.userid, useridentity.onbehalfof.identitystorearn, tlsdetails.tlsversion, tlsdetails.ciphersuite, tlsdetails.clientprovidedhostheader FROM cloudtrail_logs

SELECT eventid, resources FROM cloudtrail_logs

SELECT account, region, year, month, day, timestamp, account_partition, region_partition, date_partition, p_account, p_region, p_date, dt, account_id, count(*)
FROM cloudtrail_logs
GROUP BY account, region, year, month, day, timestamp, account_partition, region_partition, date_partition, p_account, p_region, p_date, dt, account_id

SELECT count(*) FROM cloudtrail_logs WHERE useridentity.sessioncontext IS NULL

SELECT count(*) FROM cloudtrail_logs WHERE useridentity.sessioncontext.sessionissuer IS NULL AND useridentity.sessioncontext IS NOT NULL

SELECT count(useridentity), count(useridentity.sessioncontext), count(useridentity.sessioncontext.attributes), count(useridentity.sessioncontext.webidfederationdata), count(useridentity.onbehalfof), count(tlsdetails), count(resources), count(addendum) FROM cloudtrail_logs

-- differs: webidfederationdata.attributes is text, not a map
SELECT eventid, useridentity.sessioncontext, useridentity.onbehalfof FROM cloudtrail_logs

SELECT eventid, useridentity.sessioncontext.webidfederationdata.attributes FROM cloudtrail_logs WHERE useridentity.sessioncontext.webidfederationdata IS NOT NULL

-- In the style of AWS's documentation.
-- ordered
SELECT eventsource, eventname, count(*) AS n
FROM cloudtrail_logs
GROUP BY eventsource, eventname
ORDER BY n DESC, eventsource, eventname
LIMIT 20

SELECT useridentity.arn, count(*) AS calls
FROM cloudtrail_logs
WHERE eventtime >= '2026-03-02T20:00:00Z' AND eventtime < '2026-03-03T00:00:00Z'
GROUP BY useridentity.arn
HAVING count(*) >= 3

SELECT DISTINCT eventname, eventsource FROM cloudtrail_logs WHERE readonly = 'false' AND errorcode IS NULL

SELECT eventname, useridentity.arn, sourceipaddress, eventtime
FROM cloudtrail_logs
WHERE eventname IN ('AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress', 'CreateSecurityGroup', 'DeleteSecurityGroup')

SELECT eventtime, useridentity.username, sourceipaddress, json_extract_scalar(additionaleventdata, '$.MFAUsed') AS mfa, json_extract_scalar(responseelements, '$.ConsoleLogin') AS result
FROM cloudtrail_logs
WHERE eventname = 'ConsoleLogin'

SELECT count(*), json_extract_scalar(responseelements, '$.ConsoleLogin'), useridentity.username, sourceipaddress
FROM cloudtrail_logs
WHERE eventname = 'ConsoleLogin' AND errormessage = 'Failed authentication'
GROUP BY 2, 3, 4

SELECT eventtime, useridentity.arn, json_extract_scalar(requestparameters, '$.bucketName') AS bucket, json_extract_scalar(requestparameters, '$.key') AS object
FROM cloudtrail_logs
WHERE eventsource = 's3.amazonaws.com' AND eventname = 'GetObject' AND eventtime > '2026-03-02T22:00:00Z'

SELECT eventsource, eventname, errorcode, count(*) FROM cloudtrail_logs WHERE errorcode LIKE 'Access%' OR errorcode LIKE '%Unauthorized%' GROUP BY 1, 2, 3

SELECT json_extract(requestparameters, '$.ipPermissions') FROM cloudtrail_logs WHERE eventname = 'AuthorizeSecurityGroupIngress'

SELECT eventname, json_extract_scalar(requestparameters, '$.ipPermissions.items[0].ipRanges.items[0].cidrIp') AS cidr, CAST(json_extract_scalar(requestparameters, '$.ipPermissions.items[0].fromPort') AS integer) AS port
FROM cloudtrail_logs
WHERE eventname LIKE '%SecurityGroupIngress'

SELECT instance, count(*)
FROM (
    SELECT json_extract_scalar(item, '$.instanceId') AS instance
    FROM cloudtrail_logs
    CROSS JOIN UNNEST(CAST(json_extract(responseelements, '$.instancesSet.items') AS array(json))) AS t(item)
    WHERE eventname IN ('RunInstances', 'TerminateInstances')
)
GROUP BY instance

SELECT useridentity.sessioncontext.sessionissuer.username AS role, split_part(useridentity.principalid, ':', 2) AS session, min(eventtime) AS first, max(eventtime) AS last, count(*) AS calls
FROM cloudtrail_logs
WHERE useridentity.type = 'AssumedRole'
GROUP BY 1, 2

SELECT useridentity.arn, eventname, date_format(from_iso8601_timestamp(eventtime), '%Y-%m-%d %H:00') AS hour, count(*)
FROM cloudtrail_logs
WHERE useridentity.type = 'IAMUser'
GROUP BY 1, 2, 3

SELECT element_at(split(useridentity.arn, '/'), -1) AS who, approx_distinct(eventname) > 2 AS busy FROM cloudtrail_logs WHERE useridentity.arn LIKE '%assumed-role%' GROUP BY 1

SELECT replace(useridentity.arn, 'arn:aws:') AS who, replace(eventsource, '.amazonaws.com') AS service, count(*) FROM cloudtrail_logs WHERE useridentity.arn <> '' GROUP BY 1, 2

SELECT r.arn, r.type, count(*) FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS r(arn, accountid, type) GROUP BY r.arn, r.type

SELECT eventname, arn, accountid, type FROM cloudtrail_logs, UNNEST(resources) AS t(arn, accountid, type) WHERE type = 'AWS::S3::Object'

SELECT eventid, resources[1].arn, resources[1].type FROM cloudtrail_logs WHERE cardinality(resources) >= 1

SELECT count(*) FROM cloudtrail_logs WHERE NOT any_match(resources, r -> r.type = 'AWS::S3::Object')

SELECT count(*) FROM cloudtrail_logs WHERE any_match(resources, r -> r.accountid <> recipientaccountid)

SELECT eventid, array_join(transform(resources, r -> r.arn), '; ') FROM cloudtrail_logs WHERE resources IS NOT NULL

SELECT eventid, array_distinct(transform(resources, r -> r.type)), cardinality(filter(resources, r -> r.accountid IS NULL)) FROM cloudtrail_logs WHERE resources IS NOT NULL

SELECT useridentity.accesskeyid, array_agg(DISTINCT sourceipaddress ORDER BY sourceipaddress) AS addresses, count(DISTINCT awsregion) AS regions
FROM cloudtrail_logs
WHERE useridentity.accesskeyid LIKE 'AKIA%'
GROUP BY useridentity.accesskeyid

SELECT awsregion, eventcategory, count(IF(errorcode IS NOT NULL, 1)) AS failed, count(*) AS total, count(IF(errorcode IS NOT NULL, 1)) * 100 / count(*) AS percent
FROM cloudtrail_logs
GROUP BY awsregion, eventcategory

SELECT vpcendpointid, eventname, errorcode, errormessage FROM cloudtrail_logs WHERE eventcategory = 'NetworkActivity'

SELECT tlsdetails.tlsversion, count(*) AS calls, count(DISTINCT sourceipaddress) AS clients FROM cloudtrail_logs WHERE tlsdetails.tlsversion IS NOT NULL GROUP BY tlsdetails.tlsversion

-- Incident response.
SELECT eventtime, eventname, sourceipaddress, useragent, errorcode
FROM cloudtrail_logs
WHERE useridentity.accesskeyid = 'AKIADEPLOYBOTEXAMPLE' AND sourceipaddress = '203.0.113.77'

SELECT min(eventtime) AS first_seen, max(eventtime) AS last_seen, count(*) AS calls, sum(CASE WHEN errorcode IS NULL THEN 0 ELSE 1 END) AS errors
FROM cloudtrail_logs
WHERE sourceipaddress = '203.0.113.77'

SELECT useridentity.accesskeyid, sourceipaddress, count(*) AS n
FROM cloudtrail_logs
WHERE useridentity.accesskeyid IN (SELECT useridentity.accesskeyid FROM cloudtrail_logs WHERE sourceipaddress = '203.0.113.77')
GROUP BY 1, 2

WITH issued AS (
    SELECT json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS key, useridentity.arn AS who, eventtime AS issued_at
    FROM cloudtrail_logs
    WHERE eventname = 'AssumeRole' AND responseelements IS NOT NULL
)
SELECT issued.who, issued.issued_at, c.eventname, c.eventtime
FROM issued
JOIN cloudtrail_logs c ON c.useridentity.accesskeyid = issued.key
WHERE c.readonly = 'false'

SELECT eventtime, json_extract_scalar(requestparameters, '$.userName') AS target, json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS created
FROM cloudtrail_logs
WHERE eventname = 'CreateAccessKey'

SELECT eventname, json_extract_scalar(requestparameters, '$.policyArn') AS policy, json_extract_scalar(requestparameters, '$.userName') AS username, useridentity.arn
FROM cloudtrail_logs
WHERE eventname LIKE 'Attach%Policy' OR eventname LIKE 'Put%Policy'

SELECT eventtime, eventname, errorcode, useridentity.arn
FROM cloudtrail_logs
WHERE eventname IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'LeaveOrganization', 'DeleteFlowLogs', 'DisableKey')
ORDER BY eventtime

SELECT useridentity.arn, eventname, count(*) AS tries
FROM cloudtrail_logs
WHERE errorcode IN ('AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation')
GROUP BY useridentity.arn, eventname
HAVING count(*) > 1

SELECT date_trunc('minute', from_iso8601_timestamp(eventtime)) AS minute, count(*) AS denied
FROM cloudtrail_logs
WHERE errorcode LIKE '%Denied%' OR errorcode LIKE '%Unauthorized%'
GROUP BY 1

SELECT CAST(to_unixtime(from_iso8601_timestamp(eventtime)) AS bigint) / 300 * 300 AS bucket, count(*) AS n, count(DISTINCT eventname) AS names
FROM cloudtrail_logs
WHERE errorcode IS NOT NULL
GROUP BY 1

SELECT hour(from_iso8601_timestamp(eventtime)) / 6 AS quarter_of_day, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT hour(from_iso8601_timestamp(eventtime) AT TIME ZONE 'America/New_York') AS local_hour, count(*) FROM cloudtrail_logs WHERE useridentity.type IN ('IAMUser', 'Root') GROUP BY 1

SELECT eventid, day_of_week(from_iso8601_timestamp(eventtime)), extract(hour FROM from_iso8601_timestamp(eventtime)) FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin'

SELECT eventid FROM cloudtrail_logs
WHERE from_iso8601_timestamp(eventtime) BETWEEN from_iso8601_timestamp('2026-03-02T22:00:00Z') AND from_iso8601_timestamp('2026-03-02T22:10:00Z') + interval '5' minute

SELECT eventid FROM cloudtrail_logs
WHERE from_iso8601_timestamp(eventtime) > date_add('hour', -2, timestamp '2026-03-03 00:00:00') AND from_iso8601_timestamp(eventtime) < timestamp '2026-03-03 00:00:00'

SELECT eventid FROM cloudtrail_logs
WHERE at_timezone(from_iso8601_timestamp(eventtime), 'Asia/Tokyo') > from_iso8601_timestamp('2026-03-03T08:00:00Z')

SELECT eventid, date_diff('minute', from_iso8601_timestamp(useridentity.sessioncontext.attributes.creationdate), from_iso8601_timestamp(eventtime)) AS age
FROM cloudtrail_logs
WHERE useridentity.sessioncontext.attributes.creationdate IS NOT NULL

SELECT date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ') AS at, date(date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ')) AS day, eventname FROM cloudtrail_logs WHERE useridentity.type = 'Root'

SELECT date_format(date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ'), '%Y/%m/%d') = date_partition AS same, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT date(from_iso8601_timestamp(eventtime)) AS day, date(from_iso8601_timestamp(eventtime)) + interval '1' day AS next, count(*) FROM cloudtrail_logs GROUP BY 1, 2

SELECT format_datetime(from_iso8601_timestamp(eventtime), 'E, d MMM y HH:mm') AS told, eventname FROM cloudtrail_logs WHERE readonly = 'false' AND useridentity.type = 'IAMUser'

SELECT CAST(from_iso8601_timestamp(eventtime) AS varchar), CAST(date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ') AS varchar), to_iso8601(from_iso8601_timestamp(eventtime)) FROM cloudtrail_logs WHERE eventname = 'StopLogging'

SELECT substr(eventtime, 1, 13) AS hour, sum(IF(readonly = 'true', 1, 0)) AS reads, sum(IF(readonly = 'false', 1, 0)) AS writes FROM cloudtrail_logs GROUP BY substr(eventtime, 1, 13)

SELECT useragent, count(*) AS n, count(DISTINCT useridentity.arn) AS users FROM cloudtrail_logs WHERE regexp_like(useragent, '(?i)boto3|aws-cli|kali|curl') GROUP BY useragent

SELECT regexp_extract(useragent, '^\[?([A-Za-z0-9-]+)/([0-9.]+)', 1) AS tool, regexp_extract(useragent, '^\[?([A-Za-z0-9-]+)/([0-9.]+)', 2) AS version, count(*) FROM cloudtrail_logs GROUP BY 1, 2

SELECT regexp_replace(useridentity.arn, '(\d{12})', '<$1>') AS arn, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT regexp_extract(useridentity.arn, ':(?<kind>user|assumed-role|root)/?(?<name>[^/]*)', 2) AS name, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT sourceipaddress, count(*) FROM cloudtrail_logs WHERE NOT regexp_like(sourceipaddress, '^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.)') AND sourceipaddress NOT LIKE '%.amazonaws.com' GROUP BY sourceipaddress

SELECT eventid, sourceipaddress FROM cloudtrail_logs WHERE try_cast(sourceipaddress AS ipaddress) IS NOT NULL AND contains('203.0.113.0/24', CAST(sourceipaddress AS ipaddress))

SELECT count(*) FROM cloudtrail_logs
WHERE try_cast(sourceipaddress AS ipaddress) IS NOT NULL
    AND NOT contains('10.0.0.0/8', try_cast(sourceipaddress AS ipaddress))
    AND NOT contains('198.51.100.0/24', try_cast(sourceipaddress AS ipaddress))

SELECT count(*) FROM cloudtrail_logs WHERE try_cast(sourceipaddress AS ipaddress) BETWEEN IPADDRESS '203.0.113.0' AND IPADDRESS '203.0.113.255'

-- empty
SELECT eventid FROM cloudtrail_logs WHERE eventname = 'DeleteDBInstance'

SELECT a.eventtime, a.eventname, b.eventtime, b.eventname
FROM cloudtrail_logs a
JOIN cloudtrail_logs b ON a.sharedeventid = b.sharedeventid AND a.eventid < b.eventid

SELECT c.eventid, c.errorcode FROM cloudtrail_logs c WHERE EXISTS (SELECT 1 FROM cloudtrail_logs d WHERE d.eventname = 'DeleteTrail' AND d.sourceipaddress = c.sourceipaddress) AND c.readonly = 'false'

SELECT eventid FROM cloudtrail_logs WHERE eventname NOT IN ('GetObject', 'PutObject', 'Decrypt', 'AssumeRole', 'GenerateDataKey') AND eventsource NOT IN ('logs.amazonaws.com')

SELECT who, eventtime, eventname, previous
FROM (
    SELECT useridentity.accesskeyid AS who, eventtime, eventname, lag(sourceipaddress) OVER (PARTITION BY useridentity.accesskeyid ORDER BY eventtime, eventid) AS previous, sourceipaddress
    FROM cloudtrail_logs
    WHERE useridentity.accesskeyid LIKE 'AKIA%'
)
WHERE previous <> sourceipaddress

SELECT useridentity.arn, eventname, eventtime
FROM (
    SELECT *, row_number() OVER (PARTITION BY useridentity.arn, eventname ORDER BY eventtime, eventid) AS nth
    FROM cloudtrail_logs
    WHERE useridentity.arn IS NOT NULL
)
WHERE nth = 1

SELECT eventname, count(*) AS n, round(count(*) * 100e0 / sum(count(*)) OVER (), 2) AS share FROM cloudtrail_logs GROUP BY eventname

SELECT eventname, count(*) * 100.0 / sum(count(*)) OVER () AS share FROM cloudtrail_logs GROUP BY eventname

SELECT eventname, min_by(useridentity.arn, eventtime) AS first, max_by(eventid, concat(eventtime, eventid)) AS last, arbitrary(eventsource) FROM cloudtrail_logs WHERE eventname IN ('StopLogging', 'DeleteTrail', 'CreateUser', 'LookupEvents') GROUP BY eventname

SELECT eventsource, map_agg(eventname, n) AS calls
FROM (SELECT eventsource, eventname, count(*) AS n FROM cloudtrail_logs GROUP BY eventsource, eventname)
GROUP BY eventsource

SELECT useridentity.type, histogram(awsregion) FROM cloudtrail_logs WHERE useridentity.type IS NOT NULL GROUP BY useridentity.type

SELECT eventname, listagg(awsregion, ', ') WITHIN GROUP (ORDER BY awsregion) AS regions
FROM (SELECT DISTINCT eventname, awsregion FROM cloudtrail_logs WHERE readonly = 'false')
GROUP BY eventname

SELECT awsregion, eventsource, count(*) FROM cloudtrail_logs GROUP BY GROUPING SETS ((awsregion), (awsregion, eventsource), ())

SELECT year, month, day, count(*) FROM cloudtrail_logs GROUP BY ROLLUP (year, month, day)

SELECT eventname, 'failed' AS kind FROM cloudtrail_logs WHERE errorcode IS NOT NULL
UNION
SELECT eventname, 'written' FROM cloudtrail_logs WHERE readonly = 'false'

SELECT eventname FROM cloudtrail_logs WHERE awsregion = 'us-east-1' EXCEPT SELECT eventname FROM cloudtrail_logs WHERE awsregion = 'eu-west-1'

SELECT eventname FROM cloudtrail_logs WHERE awsregion = 'us-east-1' INTERSECT SELECT eventname FROM cloudtrail_logs WHERE awsregion = 'us-west-2'

-- ordered
SELECT errorcode, eventid FROM cloudtrail_logs WHERE readonly = 'false' ORDER BY errorcode, eventid

-- ordered
SELECT errorcode, eventid FROM cloudtrail_logs WHERE readonly = 'false' ORDER BY errorcode DESC, eventid DESC LIMIT 30

-- ordered
SELECT eventid FROM cloudtrail_logs ORDER BY eventid OFFSET 10 LIMIT 5

-- ordered
SELECT eventtime, eventid FROM cloudtrail_logs ORDER BY eventtime DESC, eventid FETCH FIRST 7 ROWS ONLY

-- Data perimeters: calls that cross the border of the organization or its networks.
SELECT useridentity.accountid AS caller, recipientaccountid AS owner, eventsource, eventname, count(*)
FROM cloudtrail_logs
WHERE useridentity.accountid <> recipientaccountid
GROUP BY 1, 2, 3, 4

SELECT useridentity.sessioncontext.sessionissuer.arn AS principal, eventsource, eventname, sourceipaddress, vpcendpointid, count(*) AS n
FROM cloudtrail_logs
WHERE p_account = '111122223333'
    AND p_date BETWEEN '2026/03/02' AND '2026/03/03'
    AND useridentity.type = 'AssumedRole'
    AND NOT regexp_like(sourceipaddress, '(?i)(amazonaws|Internal)')
    AND coalesce(vpcendpointid, '') = ''
    AND useridentity.invokedby IS NULL
GROUP BY 1, 2, 3, 4, 5

SELECT eventid, json_extract_scalar(requestparameters, '$.roleArn') AS role, split_part(json_extract_scalar(requestparameters, '$.roleArn'), ':', 5) AS account
FROM cloudtrail_logs
WHERE eventname = 'AssumeRole' AND split_part(json_extract_scalar(requestparameters, '$.roleArn'), ':', 5) <> recipientaccountid

SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket, useridentity.principalid, count(*) AS calls, sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) AS bytes
FROM cloudtrail_logs
WHERE eventsource = 's3.amazonaws.com' AND region_partition = 'eu-west-1' AND eventname IN ('GetObject', 'PutObject', 'ListObjects')
GROUP BY 1, 2

SELECT resource.accountid, count(*) AS n
FROM cloudtrail_logs
CROSS JOIN UNNEST(resources) AS resource(arn, accountid, type)
WHERE resource.accountid IS NOT NULL AND NOT contains(ARRAY['111122223333'], resource.accountid)
GROUP BY resource.accountid

SELECT useridentity.principalid, useridentity.type FROM cloudtrail_logs WHERE useridentity.principalid NOT LIKE '%:%' AND useridentity.principalid <> '' GROUP BY 1, 2

SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid) AS who, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT CASE
        WHEN useridentity.type = 'AWSService' THEN 'service'
        WHEN sourceipaddress LIKE '%.amazonaws.com' OR useridentity.invokedby IS NOT NULL THEN 'by way of a service'
        WHEN vpcendpointid IS NOT NULL THEN 'endpoint'
        ELSE 'internet'
    END AS way, count(*)
FROM cloudtrail_logs
GROUP BY 1

-- As rules of detection are written.
SELECT * FROM (SELECT eventid, eventname, errorcode FROM cloudtrail_logs WHERE eventsource = 'iam.amazonaws.com' AND eventname IN ('CreateUser', 'CreateLoginProfile', 'UpdateLoginProfile', 'CreateAccessKey') AND errorcode IS NULL)

SELECT eventid FROM cloudtrail_logs WHERE lower(eventsource) = 'secretsmanager.amazonaws.com' AND lower(eventname) LIKE 'getsecret%'

SELECT eventid, useragent FROM cloudtrail_logs WHERE eventname = 'GetCallerIdentity' AND (useragent LIKE '%Boto3%' OR useragent LIKE '%aws-cli%') AND useridentity.type <> 'AWSService'

SELECT eventid FROM cloudtrail_logs WHERE useridentity.type = 'Root' AND useridentity.invokedby IS NULL AND eventtype <> 'AwsServiceEvent'

SELECT eventid FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin' AND json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'No' AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success'

SELECT eventid FROM cloudtrail_logs WHERE requestparameters LIKE '%0.0.0.0/0%' AND eventname = 'AuthorizeSecurityGroupIngress'

SELECT eventid FROM cloudtrail_logs WHERE strpos(requestparameters, 'AdministratorAccess') > 0

SELECT eventid FROM cloudtrail_logs WHERE json_array_length(json_extract(responseelements, '$.instancesSet.items')) >= 2

SELECT eventid FROM cloudtrail_logs WHERE json_extract_scalar(json_extract_scalar(requestparameters, '$.policyDocument'), '$.Statement[0].Effect') = 'Deny'

SELECT eventid, json_size(requestparameters, '$'), json_array_contains(json_extract(requestparameters, '$.instancesSet.items'), 'x') FROM cloudtrail_logs WHERE eventname IN ('TerminateInstances', 'StopLogging', 'CreateUser')

SELECT eventname, k, v
FROM cloudtrail_logs
CROSS JOIN UNNEST(CAST(json_parse(requestparameters) AS map(varchar, json))) AS t(k, v)
WHERE eventname IN ('StopLogging', 'DeleteTrail', 'CreateUser', 'AttachUserPolicy')

SELECT key, count(*)
FROM cloudtrail_logs
CROSS JOIN UNNEST(map_keys(CAST(json_parse(requestparameters) AS map(varchar, json)))) AS t(key)
WHERE requestparameters IS NOT NULL
GROUP BY key

SELECT eventid, n, part FROM cloudtrail_logs CROSS JOIN UNNEST(split(useridentity.arn, ':')) WITH ORDINALITY AS t(part, n) WHERE eventname = 'StopLogging'

SELECT eventid, json_format(json_extract(requestparameters, '$.groupId')), CAST(json_extract(requestparameters, '$.groupId') AS varchar) FROM cloudtrail_logs WHERE eventname LIKE '%SecurityGroup%'

SELECT eventid, json_value(requestparameters, 'lax $.name'), json_exists(requestparameters, 'lax $.name') FROM cloudtrail_logs WHERE eventname IN ('StopLogging', 'DeleteTrail')

SELECT eventid, format('%s called %s in %s', useridentity.arn, eventname, awsregion) FROM cloudtrail_logs WHERE errorcode LIKE '%Denied%'

SELECT eventid, try_cast(json_extract_scalar(requestparameters, '$.durationSeconds') AS integer), coalesce(try(CAST(json_extract_scalar(requestparameters, '$.maxResults') AS bigint)), -1) FROM cloudtrail_logs WHERE requestparameters IS NOT NULL

SELECT count_if(errorcode IS NULL), sum(length(requestparameters)) > 0, avg(cardinality(resources)), max(length(useragent)), bool_or(readonly = 'false') FROM cloudtrail_logs

SELECT eventname, count(*) FILTER (WHERE errorcode IS NOT NULL) AS failed, approx_percentile(length(useragent), 0.5) > 0 AS measured FROM cloudtrail_logs GROUP BY eventname HAVING count(*) FILTER (WHERE errorcode IS NOT NULL) > 0

SELECT if(useridentity.username IS NULL, 'role', useridentity.username) AS who, sum(if(errorcode IS NULL, 1, 0)) AS fine FROM cloudtrail_logs WHERE useridentity.type IN ('IAMUser', 'AssumedRole') GROUP BY 1

SELECT concat(useridentity.username, '@', sourceipaddress) AS who, greatest(errorcode, errormessage) AS worst, count(*) FROM cloudtrail_logs GROUP BY 1, 2

SELECT url_extract_host(concat('https://', eventsource, '/')) AS host, url_encode(useragent) AS agent, count(*) FROM cloudtrail_logs WHERE eventname = 'GetCallerIdentity' GROUP BY 1, 2

SELECT x.service, x.n FROM (VALUES ('iam.amazonaws.com', 1), ('s3.amazonaws.com', 2)) AS x(service, n) WHERE x.service IN (SELECT eventsource FROM cloudtrail_logs)

SELECT eventid FROM cloudtrail_logs WHERE eventname IN (VALUES 'StopLogging', 'DeleteTrail')

SELECT eventid, sequence(1, cardinality(resources)) FROM cloudtrail_logs WHERE cardinality(resources) > 1

SELECT day, n, sum(n) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far FROM (SELECT date_trunc('day', from_iso8601_timestamp(eventtime)) AS day, count(*) AS n FROM cloudtrail_logs GROUP BY 1)

-- CloudTrail Lake.
SELECT count(*) AS total FROM $EDS_ID WHERE eventTime >= timestamp '2026-03-02 00:00:00' AND eventTime < timestamp '2026-03-03 00:00:00'

SELECT eventID, eventTime, eventVersion, eventSource, eventName, awsRegion, sourceIPAddress, userAgent, errorCode, errorMessage, requestID, readOnly, eventType, apiVersion, managementEvent, recipientAccountId, sharedEventID, annotation, vpcEndpointId, vpcEndpointAccountId, eventCategory, sessionCredentialFromConsole FROM $EDS_ID

SELECT eventID, requestParameters, responseElements, additionalEventData, serviceEventDetails, addendum, edgeDeviceDetails, insightDetails FROM $EDS_ID

SELECT eventID, resources, tlsDetails FROM $EDS_ID

SELECT userIdentity.arn, userIdentity.sessionContext.sessionIssuer.userName, count(*) FROM $EDS_ID GROUP BY 1, 2

SELECT eventSource, eventName, count(*) AS apiCount FROM $EDS_ID WHERE eventTime > timestamp '2026-03-02 12:00:00' GROUP BY eventSource, eventName

SELECT userIdentity.arn, eventTime, element_at(requestParameters, 'userName') AS target FROM $EDS_ID WHERE eventName IN ('CreateUser', 'CreateAccessKey', 'AttachUserPolicy', 'DeleteUser')

SELECT element_at(additionalEventData, 'MFAUsed') AS mfa, element_at(responseElements, 'ConsoleLogin') AS result, count(*) FROM $EDS_ID WHERE eventName = 'ConsoleLogin' GROUP BY 1, 2

SELECT element_at(requestParameters, 'bucketName') AS bucket, element_at(requestParameters, 'key') AS object, sum(CAST(element_at(additionalEventData, 'bytesTransferredOut') AS double)) FROM $EDS_ID WHERE eventSource = 's3.amazonaws.com' AND eventName = 'GetObject' GROUP BY 1, 2

SELECT json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId') AS key, element_at(requestParameters, 'roleSessionName') AS session FROM $EDS_ID WHERE eventName = 'AssumeRole'

SELECT eventName, k, v FROM $EDS_ID CROSS JOIN UNNEST(requestParameters) AS t(k, v) WHERE readOnly = false AND errorCode IS NULL AND cardinality(requestParameters) < 3

SELECT map_keys(requestParameters), cardinality(requestParameters), count(*) FROM $EDS_ID WHERE eventSource = 'iam.amazonaws.com' GROUP BY 1, 2

SELECT eventID FROM $EDS_ID WHERE contains(map_keys(requestParameters), 'policyArn')

SELECT resource.type, resource.arn, count(*) FROM $EDS_ID CROSS JOIN UNNEST(resources) AS resource(accountid, type, arn, arnprefix) WHERE readOnly = true GROUP BY 1, 2

SELECT hour(eventTime AT TIME ZONE 'Asia/Tokyo') AS hour, count(*) FROM $EDS_ID GROUP BY 1

SELECT date_trunc('hour', eventTime) AS hour, awsRegion, count(*) FROM $EDS_ID WHERE errorCode IS NOT NULL GROUP BY 1, 2

SELECT CAST(eventTime AS varchar), date_format(eventTime, '%d %b %Y, %H:%i'), to_iso8601(eventTime), CAST(eventTime AS date) FROM $EDS_ID WHERE eventName = 'DeleteTrail'

SELECT date_diff('second', min(eventTime), max(eventTime)) AS seconds, max(eventTime) - min(eventTime) AS took FROM $EDS_ID WHERE userIdentity.accessKeyId = 'AKIADEPLOYBOTEXAMPLE'

SELECT managementEvent, readOnly, eventCategory, count(*) FROM $EDS_ID GROUP BY managementEvent, readOnly, eventCategory

SELECT eventID, insightDetails['state'], json_extract_scalar(insightDetails['insightContext'], '$.statistics.baseline.average') FROM $EDS_ID WHERE eventCategory = 'Insight'

SELECT tlsDetails.tlsVersion, sum(CASE WHEN tlsDetails.clientProvidedHostHeader IS NULL THEN 1 ELSE 0 END) FROM $EDS_ID GROUP BY tlsDetails.tlsVersion

SELECT eventID FROM $EDS_ID WHERE userIdentity.sessionContext.attributes.mfaAuthenticated = 'false' AND userIdentity.type = 'IAMUser' AND readOnly = false

SELECT eventID FROM $EDS_ID WHERE userIdentity.sessionContext.attributes.creationDate < timestamp '2026-03-02 12:00:00'

SELECT a.eventTime, b.eventTime, a.userIdentity.arn FROM $EDS_ID a JOIN $EDS_ID b ON a.userIdentity.arn = b.userIdentity.arn AND b.eventTime BETWEEN a.eventTime AND a.eventTime + interval '10' minute WHERE a.eventName = 'StopLogging' AND b.eventName = 'DeleteTrail'

WITH per_user AS (SELECT userIdentity.arn AS arn, count(*) AS n FROM $EDS_ID WHERE errorCode IS NOT NULL GROUP BY 1)
SELECT arn, n, rank() OVER (ORDER BY n DESC) AS place, n * 1e0 / sum(n) OVER () > 0.1 AS many FROM per_user
