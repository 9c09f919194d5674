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

-- Counts, roles and days, as answers on forums and runbooks write them.
SELECT date_format(date_parse(eventtime,'%Y-%m-%dT%H:%i:%sZ'), '%Y-%m-%d') AS event_day, eventsource, count(eventid) AS total FROM cloudtrail_logs WHERE date_parse(eventtime,'%Y-%m-%dT%H:%i:%sZ') > timestamp '2026-03-09 00:00:00' - interval '7' day GROUP BY 1, 2 ORDER BY total DESC

SELECT count(*) FROM cloudtrail_logs WHERE date_parse(eventtime,'%Y-%m-%dT%H:%i:%sZ') >= date '2026-03-10' - interval '7' day

SELECT eventid FROM cloudtrail_logs WHERE timestamp BETWEEN date_format(date '2026-03-09' - interval '7' day, '%Y/%m/%d') AND date_format(date '2026-03-03', '%Y/%m/%d') AND eventname = 'DeleteTrail'

SELECT regexp_extract(useridentity.arn, 'assumed-role/(.*?)/', 1) AS role_name, regexp_extract(useridentity.arn, '^arn:aws:(iam|sts)::(\d+):(.*)$', 3) AS principal, COUNT(*) AS cnt FROM cloudtrail_logs WHERE useridentity.type='AssumedRole' GROUP BY 1,2

SELECT split(useridentity.arn,'/')[2] AS rolename, count(*) FROM cloudtrail_logs WHERE useridentity.arn LIKE '%:assumed-role/%' GROUP BY split(useridentity.arn,'/')[2]

SELECT DISTINCT split_part(useridentity.arn, ':', 5) AS acct, split(useridentity.arn, ':')[6] FROM cloudtrail_logs WHERE useridentity.arn <> ''

SELECT CASE grouping(awsregion, eventsource) WHEN 0 THEN 'both' WHEN 1 THEN 'region' ELSE 'all' END AS lvl, awsregion, eventsource, count(*) FROM cloudtrail_logs GROUP BY ROLLUP (awsregion, eventsource)

SELECT coalesce(useridentity.username, useridentity.sessioncontext.sessionissuer.username, useridentity.invokedby, 'unknown') AS actor, approx_distinct(eventname) > 0, count(DISTINCT sourceipaddress) ips FROM cloudtrail_logs GROUP BY 1

SELECT awsregion, eventsource, eventname, count(*) c FROM cloudtrail_logs WHERE readonly='false' GROUP BY GROUPING SETS ((awsregion, eventsource, eventname), (awsregion, eventsource), (awsregion)) HAVING count(*) > 2

SELECT DISTINCT eventname FROM cloudtrail_logs WHERE eventname NOT IN (SELECT eventname FROM cloudtrail_logs WHERE errorcode IS NOT NULL)

SELECT eventid FROM cloudtrail_logs WHERE json_extract_scalar(requestparameters,'$.functionName') LIKE '%daily\_%' ESCAPE '\' OR useragent LIKE '%100!%%' ESCAPE '!' OR eventname LIKE 'Get#_%' ESCAPE '#' OR eventname LIKE '_heck%'

SELECT useridentity.arn, bool_or(eventname = 'AssumeRole'), bool_and(readonly = 'true'), count_if(errorcode LIKE '%Denied%') FROM cloudtrail_logs GROUP BY 1

SELECT useridentity.arn, histogram(eventname)['AssumeRole'] FROM cloudtrail_logs WHERE eventname = 'AssumeRole' GROUP BY useridentity.arn

SELECT arn, e.name, e.n FROM (SELECT useridentity.arn arn, histogram(eventname) AS h FROM cloudtrail_logs WHERE errorcode IS NOT NULL GROUP BY 1) CROSS JOIN UNNEST(h) AS e(name, n)

WITH ranked AS (SELECT useridentity.principalid AS pid, eventname, eventtime, row_number() OVER (PARTITION BY useridentity.principalid ORDER BY eventtime DESC, eventid) rn FROM cloudtrail_logs) SELECT pid, eventname, eventtime FROM ranked WHERE rn = 1

WITH daily AS (SELECT date(from_iso8601_timestamp(eventtime)) d, eventsource s, count(*) n FROM cloudtrail_logs GROUP BY 1, 2), stats AS (SELECT s, avg(n) avg_n, stddev(n) sd FROM daily GROUP BY s) SELECT daily.s, d, n, (n - avg_n) / nullif(sd, 0) AS zscore FROM daily JOIN stats ON daily.s = stats.s

SELECT d, n, avg(n) OVER (ORDER BY d ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS ma7, n - lag(n) OVER (ORDER BY d) AS diff, sum(n) OVER (ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) FROM (SELECT date_trunc('day', from_iso8601_timestamp(eventtime)) d, count(*) n FROM cloudtrail_logs GROUP BY 1)

SELECT eventid, ntile(4) OVER (ORDER BY eventtime, eventid) AS q, count(*) OVER (PARTITION BY useridentity.arn ORDER BY from_iso8601_timestamp(eventtime) RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND INTERVAL '1' HOUR FOLLOWING) AS around FROM cloudtrail_logs WHERE readonly = 'false'

WITH RECURSIVE days(d) AS (SELECT date '2026-03-01' UNION ALL SELECT d + interval '1' day FROM days WHERE d < date '2026-03-04') SELECT d, count(eventid) FROM days LEFT JOIN cloudtrail_logs ON CAST(from_iso8601_timestamp(eventtime) AS date) = d GROUP BY d

WITH RECURSIVE hops(k, depth) AS (SELECT useridentity.accesskeyid, 1 FROM cloudtrail_logs WHERE eventname = 'AssumeRole' AND useridentity.accesskeyid LIKE 'AKIA%' UNION ALL SELECT json_extract_scalar(c.responseelements, '$.credentials.accessKeyId'), depth + 1 FROM hops JOIN cloudtrail_logs c ON c.useridentity.accesskeyid = hops.k AND c.eventname = 'AssumeRole' WHERE depth < 3) SELECT depth, count(*) FROM hops GROUP BY depth

SELECT d, count(c.eventid) FROM UNNEST(sequence(date '2026-03-01', date '2026-03-04', interval '1' day)) AS t(d) LEFT JOIN cloudtrail_logs c ON date(from_iso8601_timestamp(c.eventtime)) = t.d GROUP BY d

SELECT h, count(c.eventid) FROM UNNEST(sequence(timestamp '2026-03-02 00:00:00', timestamp '2026-03-02 06:00:00', interval '1' hour)) t(h) LEFT JOIN cloudtrail_logs c ON date_trunc('hour', CAST(from_iso8601_timestamp(c.eventtime) AS timestamp)) = h GROUP BY h

SELECT /* who did it */ useridentity.arn -- the principal
    , /* how often; really */ count( /* all */ * ) AS "how many" -- , eventname
FROM /* the table */ cloudtrail_logs -- WHERE 1 = 0
WHERE readonly = 'false' /* AND errorcode IS NULL */
GROUP BY /* it's */ 1

SELECT "eventname" AS "Event Name", "useridentity"."arn" "Who", "useridentity"."sessioncontext"."sessionissuer"."username", count(*) AS "count" FROM "cloudtrail_logs" WHERE "errorcode" IS NOT NULL GROUP BY "eventname", "useridentity"."arn", 3 ORDER BY "count" DESC, "Event Name"

SELECT concat(year, month, day), count(*) FROM cloudtrail_logs WHERE concat(year, month, day) >= '20260302' GROUP BY 1

SELECT count(*), sum(try_cast(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) / power(1024, 2) AS mb, sum(try_cast(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS bigint)) / 1024 / 1024 AS whole FROM cloudtrail_logs WHERE eventname = 'GetObject'

SELECT eventname, COUNT(*) AS calls, CAST(COUNT(*) AS DECIMAL(10,2)) * 0.03 / 10000 AS cost FROM cloudtrail_logs WHERE eventsource = 'kms.amazonaws.com' GROUP BY eventname

SELECT round(count(*) / 100000.0 * 0.10, 4) AS usd, round(100.0 * count_if(readonly = 'true') / count(*), 2) AS pct FROM cloudtrail_logs

SELECT useridentity.sessioncontext.sessionissuer.arn, min(from_iso8601_timestamp(eventtime)) AS first_used, date_diff('day', max(from_iso8601_timestamp(eventtime)), timestamp '2026-03-20 00:00:00 UTC') AS days_idle FROM cloudtrail_logs WHERE useridentity.sessioncontext.sessionissuer.arn IS NOT NULL GROUP BY 1

SELECT eventid FROM cloudtrail_logs WHERE any_match(ARRAY['Stop%', 'Delete%'], p -> eventname LIKE p)

SELECT json_extract_scalar(item, '$.cidrIp') AS cidr, json_extract_scalar(perm, '$.fromPort') AS port FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.ipPermissions.items') AS ARRAY(JSON))) AS p(perm) CROSS JOIN UNNEST(CAST(json_extract(perm, '$.ipRanges.items') AS ARRAY(JSON))) AS r(item) WHERE eventname = 'AuthorizeSecurityGroupIngress'

SELECT eventid, res.type, res.accountid FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(arn, accountid, type) CROSS JOIN LATERAL (SELECT t.type AS type, coalesce(t.accountid, recipientaccountid) AS accountid) AS res WHERE eventname = 'GetObject'

SELECT account_id, array_agg(r.arn ORDER BY r.arn) FILTER (WHERE r.type = 'AWS::KMS::Key') FROM cloudtrail_logs, UNNEST(resources) AS r(arn, accountid, type) GROUP BY account_id

SELECT 'reads' AS kind, count(*) AS n FROM cloudtrail_logs WHERE readonly = 'true' UNION ALL SELECT 'writes', count(*) FROM cloudtrail_logs WHERE readonly = 'false' UNION ALL (SELECT 'errors', count(*) FROM cloudtrail_logs WHERE errorcode IS NOT NULL) ORDER BY n DESC

SELECT x.* FROM (SELECT useridentity.arn AS arn, eventname, count(*) AS cnt, rank() OVER (PARTITION BY useridentity.arn ORDER BY count(*) DESC, eventname) AS rk FROM cloudtrail_logs WHERE useridentity.arn IS NOT NULL GROUP BY useridentity.arn, eventname) x WHERE x.rk <= 2

SELECT substr(useridentity.arn, strpos(useridentity.arn, '/') + 1) AS nm, length(useridentity.arn) - length(replace(useridentity.arn, '/', '')) AS slashes FROM cloudtrail_logs WHERE useridentity.arn IS NOT NULL

SELECT upper(substr(eventname, 1, 1)) || lower(substr(eventname, 2)) AS nice, rpad(eventname, 5, '*'), trim(BOTH 's' FROM eventname), ltrim(eventname), translate(eventname, 'aeiou', 'AEIO'), starts_with(eventname, 'Get'), ends_with(eventname, 's') FROM cloudtrail_logs WHERE errorcode IS NOT NULL

SELECT trim(LEADING '[' FROM useragent), trim(TRAILING ']' FROM useragent), trim(useragent, '[]'), ltrim(useragent, '['), rtrim(useragent, ']') FROM cloudtrail_logs WHERE useragent LIKE '[%'

SELECT eventid, cast(json_extract(requestparameters, '$.trailNameList') as array(varchar)), cast(json_extract(requestparameters, '$.includeShadowTrails') as boolean), cast(json_extract(requestparameters, '$.maxResults') as integer) FROM cloudtrail_logs WHERE eventname IN ('DescribeTrails', 'LookupEvents')

SELECT m['roleArn'], m['durationSeconds'] FROM (SELECT CAST(json_parse(requestparameters) AS MAP(VARCHAR, JSON)) m FROM cloudtrail_logs WHERE eventname = 'AssumeRole')

SELECT eventid, try(date_parse(json_extract_scalar(responseelements, '$.credentials.expiration'), '%b %e, %Y, %l:%i:%s %p')) AS expires FROM cloudtrail_logs WHERE eventname = 'AssumeRole' AND errorcode IS NULL

SELECT eventid, from_unixtime(CAST(json_extract_scalar(responseelements, '$.instancesSet.items[0].launchTime') AS bigint) / 1000) AS launched FROM cloudtrail_logs WHERE eventname = 'RunInstances'

SELECT eventid, current_date > date(from_iso8601_timestamp(eventtime)), from_iso8601_timestamp(eventtime) < current_timestamp, from_iso8601_timestamp(eventtime) > now() - interval '1' month, eventtime < to_iso8601(current_timestamp), date_diff('day', from_iso8601_timestamp(eventtime), now()) > 3 FROM cloudtrail_logs WHERE readonly = 'false'

SELECT a.useridentity.arn, a.awsregion AS r1, b.awsregion AS r2, count(*) FROM cloudtrail_logs a INNER JOIN cloudtrail_logs b ON a.useridentity.arn = b.useridentity.arn AND a.awsregion < b.awsregion AND abs(date_diff('minute', from_iso8601_timestamp(a.eventtime), from_iso8601_timestamp(b.eventtime))) < 30 WHERE a.readonly = 'false' AND b.readonly = 'false' GROUP BY 1, 2, 3

SELECT useridentity.arn, array_join(array_agg(eventname || '@' || awsregion ORDER BY eventtime, eventid), ' > ', 'null') AS story FROM cloudtrail_logs WHERE sourceipaddress = '203.0.113.77' GROUP BY 1

SELECT eventid, regexp_like(sourceipaddress, '^\d{1,3}(\.\d{1,3}){3}$') AS is_v4, sourceipaddress LIKE '%:%' AS is_v6, regexp_extract(sourceipaddress, '^(\d+\.\d+\.\d+)\.', 1) || '.0/24' AS net FROM cloudtrail_logs

SELECT eventid, date_parse(json_extract_scalar(responseelements, '$.credentials.expiration'), '%b %d, %Y, %h:%i:%s %p') AS expires FROM cloudtrail_logs WHERE eventname = 'AssumeRole' AND json_extract_scalar(responseelements, '$.credentials.expiration') IS NOT NULL

WITH logins AS (SELECT useridentity.username AS u, from_iso8601_timestamp(eventtime) AS ts, sourceipaddress AS ip, json_extract_scalar(additionaleventdata, '$.MFAUsed') AS mfa FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin'), gaps AS (SELECT *, date_diff('minute', lag(ts) OVER (PARTITION BY u ORDER BY ts, ip), ts) AS gap FROM logins) SELECT u, ip, mfa, gap, CASE WHEN gap < 60 THEN 'fast' WHEN gap IS NULL THEN 'first' ELSE 'slow' END FROM gaps

WITH s AS (SELECT eventid, useridentity.arn AS arn, from_iso8601_timestamp(eventtime) AS ts FROM cloudtrail_logs WHERE useridentity.arn IS NOT NULL), f AS (SELECT *, CASE WHEN date_diff('second', lag(ts) OVER (PARTITION BY arn ORDER BY ts, eventid), ts) > 1800 THEN 1 ELSE 0 END AS new_session FROM s), n AS (SELECT *, sum(new_session) OVER (PARTITION BY arn ORDER BY ts, eventid ROWS UNBOUNDED PRECEDING) AS sid FROM f) SELECT arn, sid, count(*) AS calls, min(ts) AS started, max(ts) - min(ts) AS lasted FROM n GROUP BY arn, sid

SELECT eventname, count(*) AS c, sum(count(*)) OVER (ORDER BY count(*) DESC, eventname) AS running, cast(sum(count(*)) OVER (ORDER BY count(*) DESC, eventname) AS double) / sum(count(*)) OVER () AS cume FROM cloudtrail_logs GROUP BY eventname

SELECT a.eventname FROM (SELECT DISTINCT eventname FROM cloudtrail_logs WHERE date_partition = '2026/03/03') a LEFT JOIN (SELECT DISTINCT eventname FROM cloudtrail_logs WHERE date_partition = '2026/03/02') b ON a.eventname = b.eventname WHERE b.eventname IS NULL

SELECT useridentity.arn, count_if(date_partition = '2026/03/02') AS d1, count_if(date_partition = '2026/03/03') AS d2, count_if(date_partition = '2026/03/03') - count_if(date_partition = '2026/03/02') AS delta, sum(CASE WHEN errorcode LIKE '%Denied%' THEN 1 END) AS denied, max(IF(errorcode IS NOT NULL, eventtime)) AS last_error FROM cloudtrail_logs GROUP BY useridentity.arn

SELECT coalesce(sum(CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS bigint)), 0) AS bytes, coalesce(max(errorcode), '-') FROM cloudtrail_logs WHERE eventname = 'NoSuchEvent'

SELECT t.eventname, t.keys FROM (SELECT eventname, array_sort(array_distinct(flatten(array_agg(map_keys(CAST(json_parse(requestparameters) AS MAP(VARCHAR, JSON))))))) AS keys FROM cloudtrail_logs WHERE requestparameters IS NOT NULL GROUP BY eventname) t WHERE cardinality(t.keys) > 2

SELECT bucket, array_join(array_agg(DISTINCT principal ORDER BY principal), ', ') FROM (SELECT json_extract_scalar(requestparameters, '$.bucketName') bucket, coalesce(regexp_extract(useridentity.arn, '([^:/]+)$', 1), useridentity.invokedby, '?') principal FROM cloudtrail_logs WHERE eventsource = 's3.amazonaws.com') WHERE bucket IS NOT NULL GROUP BY bucket

SELECT json_extract_scalar(requestparameters, '$.encryptionContext["aws:s3:arn"]') AS obj, json_extract_scalar(requestparameters, '$["encryptionContext"]["aws:cloudtrail:arn"]') AS trail, count(*) FROM cloudtrail_logs WHERE eventsource = 'kms.amazonaws.com' GROUP BY 1, 2

SELECT eventid, k, v FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.encryptionContext') AS MAP(VARCHAR, VARCHAR))) AS e(k, v) WHERE eventsource = 'kms.amazonaws.com'

SELECT sourceipaddress, array_agg(eventname ORDER BY eventtime, eventid)[1] AS first_call, element_at(array_agg(eventname ORDER BY eventtime DESC, eventid), 1) AS last_call, slice(array_agg(eventname ORDER BY eventtime, eventid), 1, 2) FROM cloudtrail_logs GROUP BY sourceipaddress

SELECT count(DISTINCT if(errorcode IS NULL, useridentity.arn)) AS ok, count(DISTINCT CASE WHEN errorcode IS NOT NULL THEN useridentity.arn END) AS failing, count(DISTINCT concat(eventsource, ':', eventname)) AS actions FROM cloudtrail_logs

SELECT role, service, count(*) FROM (SELECT split_part(split_part(useridentity.arn, '/', 2), '/', 1) AS role, split(eventsource, '.')[1] AS service FROM cloudtrail_logs WHERE useridentity.type = 'AssumedRole') GROUP BY CUBE (role, service)

SELECT r.arn AS bucket, count(DISTINCT c.useridentity.principalid) AS users FROM cloudtrail_logs c CROSS JOIN UNNEST(c.resources) AS r (arn, accountid, type) WHERE r.type = 'AWS::S3::Bucket' GROUP BY r.arn

SELECT ip, cidr FROM (SELECT DISTINCT sourceipaddress AS ip FROM cloudtrail_logs WHERE regexp_like(sourceipaddress, '^\d+\.\d+\.\d+\.\d+$')) CROSS JOIN (VALUES '192.0.2.0/24', '203.0.113.0/24') AS n(cidr) WHERE contains(cidr, CAST(ip AS ipaddress))

SELECT json_extract_scalar(r, '$.cidrIp') AS cidr FROM cloudtrail_logs CROSS JOIN UNNEST(flatten(transform(CAST(json_extract(requestparameters, '$.ipPermissions.items') AS ARRAY(JSON)), p -> CAST(json_extract(p, '$.ipRanges.items') AS ARRAY(JSON))))) AS t(r)

-- What is NULL in some rows of a group, or in all.
SELECT useridentity.arn, max_by(errorcode, eventid), min_by(errorcode, eventid), arbitrary(errorcode) IS NULL, any_value(errorcode) IS NULL FROM cloudtrail_logs GROUP BY 1

SELECT useridentity.arn, bool_or(eventname = 'AssumeRole'), count_if(errorcode LIKE '%Denied%'), count_if(errorcode LIKE '%Denied%') FILTER (WHERE readonly = 'false'), count_if(DISTINCT errorcode IS NULL) FROM cloudtrail_logs GROUP BY 1

SELECT eventid, max_by(errorcode, eventid) OVER (PARTITION BY awsregion), count_if(errorcode LIKE 'A%') OVER (ORDER BY eventid), max_by(errorcode, eventid, 2) OVER (PARTITION BY awsregion) FROM cloudtrail_logs

SELECT useridentity.type, max_by(eventname, eventid, 3), min_by(eventsource, eventid, 2) FILTER (WHERE errorcode IS NOT NULL) FROM cloudtrail_logs WHERE eventname IS NOT NULL GROUP BY useridentity.type

SELECT useridentity.arn, histogram(errorcode), map_agg(errorcode, 1), listagg(errorcode, ',') WITHIN GROUP (ORDER BY errorcode), approx_distinct(errorcode), sum(length(errorcode)), count(DISTINCT errorcode), bool_or(errorcode = 'x'), max(errorcode, 2) FROM cloudtrail_logs GROUP BY 1

SELECT useridentity.arn, array_agg(DISTINCT errorcode ORDER BY errorcode), array_join(array_agg(DISTINCT errorcode ORDER BY errorcode), ', '), cardinality(array_agg(DISTINCT errorcode)), array_sort(array_agg(DISTINCT errorcode)) FROM cloudtrail_logs GROUP BY 1

SELECT eventid, lag(errorcode, 1, 'x') OVER (ORDER BY errorcode, eventid), rank() OVER (ORDER BY errorcode), rank() OVER (ORDER BY errorcode DESC), row_number() OVER (ORDER BY errorcode DESC, eventid) FROM cloudtrail_logs WHERE readonly = 'false'

SELECT useridentity.arn, sum(1) OVER (PARTITION BY useridentity.arn), first_value(errorcode) OVER (PARTITION BY useridentity.arn ORDER BY eventid), last_value(eventname) OVER (PARTITION BY useridentity.arn ORDER BY eventid), last_value(errorcode) IGNORE NULLS OVER (PARTITION BY useridentity.arn ORDER BY eventid ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM cloudtrail_logs WHERE readonly = 'false'

-- JSON as rows.
SELECT eventid, i.instanceid FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.instancesSet.items') AS ARRAY(ROW(instanceid VARCHAR)))) AS i(instanceid) WHERE eventname IN ('TerminateInstances','DescribeInstances')

SELECT eventid, inst.instanceid, inst.imageid FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(responseelements, '$.instancesSet.items') AS ARRAY(ROW("instanceId" VARCHAR, "imageId" VARCHAR)))) AS inst(instanceid, imageid) WHERE eventname = 'RunInstances'

SELECT eventid, inst.instanceid, state.name, state.code, monitored['state'], n FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(responseelements, '$.instancesSet.items') AS ARRAY(ROW(instanceid VARCHAR, instanceState ROW(code bigint, name varchar), monitoring map(varchar, varchar))))) WITH ORDINALITY AS inst(instanceid, state, monitored, n) WHERE eventname = 'RunInstances'

SELECT eventid, sel.readwritetype, sel.dataresources FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.eventSelectors') AS ARRAY(ROW(readwritetype VARCHAR, includemanagementevents BOOLEAN, dataresources JSON)))) AS sel(readwritetype, mgmt, dataresources)

SELECT eventid, r.type, v FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.eventSelectors[0].dataResources') AS ARRAY(ROW(type VARCHAR, "values" ARRAY(VARCHAR))))) AS r(type, vals) CROSS JOIN UNNEST(vals) AS u(v)

SELECT eventid, c.accesskeyid, c.expiration FROM (SELECT eventid, CAST(json_extract(responseelements, '$.credentials') AS ROW(accessKeyId varchar, expiration varchar)) AS c FROM cloudtrail_logs WHERE eventname = 'AssumeRole')

SELECT eventid, cast(json_parse(requestparameters) as row(username varchar, maxresults integer, withdecryption boolean)).username, try_cast(json_parse(requestparameters) as row(username varchar)) FROM cloudtrail_logs WHERE requestparameters IS NOT NULL

SELECT eventid, CAST(json_extract(requestparameters, '$.trailNameList') AS ARRAY<VARCHAR>), CAST(json_parse(requestparameters) AS MAP<VARCHAR, JSON>), CAST(json_extract(requestparameters, '$.x') AS ARRAY<MAP<VARCHAR, VARCHAR>>) FROM cloudtrail_logs WHERE eventname = 'DescribeTrails'

SELECT eventid, json_extract_scalar(x, '$.instanceId') FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.instancesSet.items') AS ARRAY<JSON>)) AS t(x)

SELECT useridentity.type, CAST(array_agg(ROW(eventname, awsregion) ORDER BY eventid) AS ARRAY(ROW(name varchar, region varchar))) FROM cloudtrail_logs WHERE readonly = 'false' GROUP BY 1

SELECT eventid, CAST(json_parse('[{"a":1,"B":[2,3]},null,[4,[5]]]') AS ARRAY(ROW(a bigint, b ARRAY(bigint)))), CAST(json_parse('{"x":{"Key":"k"},"y":null}') AS MAP(varchar, ROW(key varchar))), CAST(json_parse('[1,"b"]') AS ROW(bigint, varchar)) FROM cloudtrail_logs WHERE eventname = 'StopLogging'

SELECT eventid, arn, accountid, type FROM cloudtrail_logs CROSS JOIN UNNEST(resources) WHERE eventname = 'GetObject'

SELECT eventid, r.arn, r.type FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS r WHERE eventname = 'GetObject'

SELECT eventid, key, value FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.tagSet.items') AS ARRAY(ROW(key VARCHAR, value VARCHAR)))) WHERE eventname = 'CreateTags'

SELECT eventid, t.key, t.value FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.tagSet.items') AS ARRAY(ROW(key VARCHAR, value VARCHAR)))) AS t WHERE eventname = 'CreateTags'

SELECT eventid FROM cloudtrail_logs WHERE ROW(eventname, errorcode) = ROW('StopLogging', 'AccessDenied') OR (eventname, awsregion) IN (('StopLogging', 'us-east-1'), ('DeleteTrail', 'us-east-1'))

SELECT array_agg(ROW(eventname, n) ORDER BY eventname) FROM (SELECT eventname, count(*) n FROM cloudtrail_logs WHERE errorcode IS NOT NULL GROUP BY 1)

SELECT cast(cast(1 AS real) AS varchar), CAST(ROW(1, 'a') AS ROW(n bigint, t varchar)), CAST(ARRAY[ROW(1, 'a')] AS ARRAY(ROW(n bigint, t varchar))) FROM cloudtrail_logs WHERE eventname = 'StopLogging'

SELECT p.fromport, p.toport, g.cidrip FROM cloudtrail_logs CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.ipPermissions.items') AS ARRAY(ROW(ipprotocol varchar, fromport integer, toport integer, ipranges ROW(items ARRAY(ROW(cidrip varchar, description varchar))))))) AS p(ipprotocol, fromport, toport, ipranges) CROSS JOIN UNNEST(p.ipranges.items) AS g(cidrip, description)

SELECT filter(CAST(json_extract(requestparameters, '$.ipPermissions.items') AS ARRAY(ROW(fromPort integer, toPort integer))), p -> p.fromport <= 22 AND p.toport >= 22) FROM cloudtrail_logs WHERE eventname = 'AuthorizeSecurityGroupIngress'

SELECT eventid, CAST(json_extract(responseelements, '$.user') AS ROW(username varchar, userid varchar, path varchar)).userid AS id FROM cloudtrail_logs WHERE eventname = 'CreateUser'

-- Names of columns that are given to others, groups that match nothing, and what else is easily mistaken.
SELECT useridentity.arn, regexp_extract(useridentity.arn, 'role/([^/]+)(/(.*))?(x)?', 4), regexp_extract(useridentity.arn, '(user)?/?([^/]*)$', 1), regexp_extract_all(useridentity.arn, '(role)|(user)', 2), regexp_extract(useridentity.arn, '(zzz)*', 1), regexp_extract(useridentity.arn, 'q*') FROM cloudtrail_logs WHERE useridentity.arn <> ''

SELECT regexp_replace(eventname, '[a-z]+', '<$0>'), regexp_replace(eventname, '(x)?Get', '[$1]'), regexp_replace(eventname, '', '-') FROM cloudtrail_logs WHERE eventname LIKE 'Get%'

SELECT substr(eventname, 1, 3) AS eventname, count(*) FROM cloudtrail_logs GROUP BY eventname

-- ordered
SELECT reverse(eventname) AS eventname, eventid FROM cloudtrail_logs WHERE readonly = 'false' ORDER BY eventname, eventid

SELECT date(from_iso8601_timestamp(eventtime)) AS eventtime, count(*) FROM cloudtrail_logs WHERE eventtime > '2026-03-02T12' GROUP BY 1 HAVING max(eventtime) > '2026-03-02'

SELECT awsregion AS eventname, eventname AS awsregion, eventname || awsregion AS x FROM cloudtrail_logs WHERE readonly = 'false'

SELECT count(*) AS eventid, eventname FROM cloudtrail_logs GROUP BY eventname HAVING count(eventid) > 10

SELECT awsregion, sum(n) AS n FROM (SELECT awsregion, eventname, count(*) AS n FROM cloudtrail_logs GROUP BY 1, 2) GROUP BY awsregion HAVING sum(n) > 5 AND max(n) > 2

SELECT json_format(CAST(MAP(ARRAY['a', 'b'], ARRAY[1, NULL]) AS JSON)), json_format(CAST(ARRAY['x', NULL] AS JSON)), json_format(CAST(ROW(1, 'a') AS JSON)), json_format(CAST(histogram(awsregion) AS JSON)), json_format(CAST(array_agg(DISTINCT awsregion ORDER BY awsregion) AS JSON)), json_format(CAST(1.5e0 AS JSON)), json_format(CAST('x' AS JSON)), json_format(CAST(true AS JSON)), json_format(CAST(timestamp '2026-03-02 10:00:00' AS JSON)), json_format(CAST(date '2026-03-02' AS JSON)) FROM cloudtrail_logs

SELECT useridentity.arn FROM cloudtrail_logs GROUP BY useridentity.arn HAVING max(from_iso8601_timestamp(eventtime)) - min(from_iso8601_timestamp(eventtime)) > interval '90' minute

SELECT useridentity.arn, max(from_iso8601_timestamp(eventtime)) - min(from_iso8601_timestamp(eventtime)) AS d, CAST(max(from_iso8601_timestamp(eventtime)) - min(from_iso8601_timestamp(eventtime)) AS varchar), extract(hour FROM (max(from_iso8601_timestamp(eventtime)) - min(from_iso8601_timestamp(eventtime)))) FROM cloudtrail_logs GROUP BY useridentity.arn

SELECT array_join(ARRAY[eventname, errorcode], ','), array_join(ARRAY[eventname, errorcode], ',', '-'), cardinality(ARRAY[errorcode]), contains(ARRAY[errorcode, 'x'], 'y'), errorcode IN ('a', NULL), errorcode NOT IN ('a', NULL), errorcode IS NOT DISTINCT FROM NULL FROM cloudtrail_logs

SELECT eventid, max(eventid) OVER (ORDER BY awsregion GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY eventname RANGE UNBOUNDED PRECEDING), avg(length(eventname)) OVER (PARTITION BY awsregion ORDER BY eventid ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) FROM cloudtrail_logs WHERE readonly = 'false'

SELECT awsregion FROM cloudtrail_logs EXCEPT ALL SELECT awsregion FROM cloudtrail_logs WHERE errorcode IS NULL

SELECT hour(from_iso8601_timestamp(eventtime)) BETWEEN 9 AND 17 AND day_of_week(from_iso8601_timestamp(eventtime)) < 6 AS office, count(*), min(hour(from_iso8601_timestamp(eventtime))) FROM cloudtrail_logs GROUP BY 1

SELECT transform(filter(CAST(json_extract(responseelements, '$.instancesSet.items') AS array(json)), x -> json_extract_scalar(x, '$.instanceType') IS NOT NULL), x -> CAST(json_extract(x, '$.instanceType') AS varchar)), reduce(CAST(json_extract(responseelements, '$.instancesSet.items') AS array(json)), 0, (s, x) -> s + 1, s -> s) FROM cloudtrail_logs WHERE eventname = 'RunInstances'

SELECT k, cardinality(v) FROM (SELECT multimap_agg(awsregion, eventid) m FROM cloudtrail_logs WHERE awsregion IS NOT NULL) CROSS JOIN UNNEST(m) AS t(k, v)

SELECT eventID, count_if(readOnly) OVER (), max_by(eventName, eventTime) OVER (PARTITION BY userIdentity.arn ORDER BY eventTime, eventID) IS NULL, userIdentity.sessionContext.attributes.creationDate, element_at(requestParameters, 'x'), requestParameters FROM $EDS_ID WHERE eventName = 'AssumeRole'

SELECT eventName, json_extract_scalar(CAST(requestParameters AS JSON), '$.bucketName'), json_format(CAST(map_filter(requestParameters, (k, v) -> k = 'bucketName') AS JSON)) FROM $EDS_ID WHERE eventSource = 's3.amazonaws.com'

SELECT userIdentity.userName, count_if(errorCode = 'AccessDenied'), count_if(NOT readOnly), max_by(errorCode, eventTime) IS NULL FROM $EDS_ID GROUP BY 1
