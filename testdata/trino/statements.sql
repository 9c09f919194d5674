-- Forms of SQL, in a file like queries.sql.

-- FROM and JOIN.
SELECT c.eventid FROM cloudtrail_logs AS c WHERE c.readonly = 'false'

SELECT c.eventid FROM default.cloudtrail_logs c WHERE c.eventname = 'StopLogging'

SELECT a.n, b.n FROM (SELECT count(*) AS n FROM cloudtrail_logs) a, (SELECT count(*) AS n FROM cloudtrail_logs WHERE errorcode IS NULL) b

SELECT a.eventname, b.n FROM (SELECT DISTINCT eventname FROM cloudtrail_logs) a LEFT JOIN (SELECT eventname, count(*) AS n FROM cloudtrail_logs WHERE errorcode IS NOT NULL GROUP BY eventname) b ON a.eventname = b.eventname

SELECT eventname, n FROM (SELECT DISTINCT eventname FROM cloudtrail_logs) JOIN (SELECT eventname, count(*) AS n FROM cloudtrail_logs GROUP BY eventname) USING (eventname)

SELECT a.awsregion, b.awsregion FROM (SELECT DISTINCT awsregion FROM cloudtrail_logs WHERE readonly = 'false') a FULL OUTER JOIN (SELECT DISTINCT awsregion FROM cloudtrail_logs WHERE errorcode IS NOT NULL) b ON a.awsregion = b.awsregion

SELECT a.awsregion, b.kind FROM (SELECT DISTINCT awsregion FROM cloudtrail_logs) a CROSS JOIN (VALUES 'x', 'y') AS b(kind)

SELECT n FROM (SELECT count(*) FROM cloudtrail_logs) AS t(n)

SELECT t.* FROM (SELECT eventname, awsregion FROM cloudtrail_logs WHERE eventname = 'StopLogging') t

SELECT c.eventid, u.part FROM cloudtrail_logs c CROSS JOIN LATERAL (SELECT split_part(c.eventsource, '.', 1) AS part) u WHERE c.eventname = 'DeleteTrail'

SELECT eventid, x FROM cloudtrail_logs CROSS JOIN UNNEST(ARRAY[1, 2]) AS t(x) WHERE eventname = 'StopLogging'

SELECT eventid, x, y FROM cloudtrail_logs CROSS JOIN UNNEST(ARRAY[1, 2], ARRAY['a', 'b', 'c']) AS t(x, y) WHERE eventname = 'StopLogging'

SELECT eventid, x, n FROM cloudtrail_logs CROSS JOIN UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n) WHERE eventname = 'StopLogging'

SELECT eventid, arn, accountid, type, n FROM cloudtrail_logs CROSS JOIN UNNEST(resources) WITH ORDINALITY AS t(arn, accountid, type, n) WHERE eventname = 'ListObjects'

SELECT eventid, k, v FROM cloudtrail_logs CROSS JOIN UNNEST(MAP(ARRAY['a', 'b'], ARRAY[1, 2])) AS t(k, v) WHERE eventname = 'StopLogging'

SELECT eventid, x FROM cloudtrail_logs LEFT JOIN UNNEST(split(errorcode, '.')) AS t(x) ON true WHERE readonly = 'false'

SELECT x FROM UNNEST(ARRAY[1, 2, 3]) AS t(x) WHERE x IN (SELECT cardinality(resources) FROM cloudtrail_logs)

SELECT eventid, a, b FROM cloudtrail_logs CROSS JOIN UNNEST(zip(ARRAY[1, 2], ARRAY['x', 'y'])) AS t(a, b) WHERE eventname = 'StopLogging'

-- ordered
SELECT eventname, count(*) FROM cloudtrail_logs, UNNEST(resources) AS r(arn, accountid, type) GROUP BY eventname ORDER BY 2 DESC, 1

WITH a AS (SELECT eventname FROM cloudtrail_logs WHERE readonly = 'false'), b AS (SELECT eventname, count(*) AS n FROM a GROUP BY eventname) SELECT * FROM b WHERE n > 1

WITH a (name, n) AS (SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1) SELECT max(n) FROM a

WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT n, (SELECT count(*) FROM cloudtrail_logs) FROM t

SELECT (SELECT max(eventtime) FROM cloudtrail_logs) AS last, eventname FROM cloudtrail_logs WHERE eventname = 'StopLogging'

SELECT eventid FROM cloudtrail_logs WHERE (eventsource, eventname) IN (SELECT eventsource, eventname FROM cloudtrail_logs WHERE errorcode LIKE '%Denied%')

SELECT eventid FROM cloudtrail_logs WHERE eventtime = (SELECT max(eventtime) FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin')

SELECT eventid FROM cloudtrail_logs WHERE length(useragent) >= ALL (SELECT length(useragent) FROM cloudtrail_logs WHERE useragent IS NOT NULL)

SELECT eventid FROM cloudtrail_logs WHERE eventname = ANY (SELECT eventname FROM cloudtrail_logs WHERE eventname LIKE 'Delete%')

SELECT c.eventid, (SELECT count(*) FROM cloudtrail_logs d WHERE d.eventname = c.eventname) FROM cloudtrail_logs c WHERE c.eventname LIKE 'Stop%'

-- SELECT, GROUP BY, ORDER BY.
SELECT DISTINCT useridentity.type, eventtype FROM cloudtrail_logs

SELECT eventname name, count(*) value FROM cloudtrail_logs GROUP BY eventname

SELECT substr(eventtime, 12, 2) hour, count(*) FROM cloudtrail_logs GROUP BY substr(eventtime, 12, 2)

SELECT useridentity.type identity, awsregion "region of AWS", count(*) "n" FROM cloudtrail_logs GROUP BY 1, 2

SELECT "eventname", count(*) AS "Count" FROM "cloudtrail_logs" GROUP BY "eventname"

SELECT EVENTNAME, EventSource FROM CLOUDTRAIL_LOGS WHERE EVENTNAME = 'StopLogging'

SELECT useridentity.sessionContext.sessionIssuer.userName, count(*) FROM cloudtrail_logs GROUP BY useridentity.sessionContext.sessionIssuer.userName

SELECT eventsource, count(*) FROM cloudtrail_logs GROUP BY eventsource HAVING count(*) > 20 AND max(errorcode) IS NOT NULL

SELECT awsregion, eventcategory, count(*) FROM cloudtrail_logs GROUP BY CUBE (awsregion, eventcategory)

SELECT awsregion, grouping(awsregion), count(*) FROM cloudtrail_logs GROUP BY ROLLUP (awsregion)

SELECT count(*) FROM cloudtrail_logs GROUP BY ()

SELECT count(DISTINCT (awsregion, eventname)) FROM cloudtrail_logs

SELECT ALL eventname FROM cloudtrail_logs WHERE errorcode IS NOT NULL

-- ordered
SELECT DISTINCT eventname FROM cloudtrail_logs WHERE eventname LIKE 'Get%' ORDER BY eventname

-- ordered
SELECT errorcode FROM cloudtrail_logs GROUP BY errorcode ORDER BY errorcode NULLS FIRST

-- ordered
SELECT errorcode FROM cloudtrail_logs GROUP BY errorcode ORDER BY errorcode DESC NULLS LAST LIMIT 4

-- ordered
SELECT errorcode, count(*) AS n FROM cloudtrail_logs GROUP BY errorcode ORDER BY n, lower(errorcode)

-- ordered
SELECT eventid FROM cloudtrail_logs ORDER BY eventid LIMIT ALL

SELECT eventname, count(*) AS n FROM cloudtrail_logs GROUP BY eventname ORDER BY n DESC FETCH FIRST 5 ROWS WITH TIES

-- ordered
SELECT eventid FROM cloudtrail_logs ORDER BY eventid OFFSET 3 ROWS FETCH NEXT 2 ROWS ONLY

SELECT eventname FROM cloudtrail_logs WHERE readonly = 'false' UNION ALL SELECT eventname FROM cloudtrail_logs WHERE readonly = 'false'

(SELECT eventname FROM cloudtrail_logs WHERE readonly = 'false') EXCEPT (SELECT eventname FROM cloudtrail_logs WHERE errorcode IS NOT NULL)

SELECT awsregion FROM cloudtrail_logs INTERSECT ALL SELECT awsregion FROM cloudtrail_logs WHERE readonly = 'false'

-- empty
TABLE cloudtrail_logs ORDER BY eventid LIMIT 0

SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, y) WHERE x <= (SELECT count(*) FROM cloudtrail_logs)

SELECT x FROM (VALUES 1, 2, 3) AS t(x) WHERE x < (SELECT count(*) FROM cloudtrail_logs)

-- Conditions and values.
SELECT eventid FROM cloudtrail_logs WHERE eventname LIKE '%\_%' ESCAPE '\' OR eventname LIKE 'Put%'

SELECT eventid FROM cloudtrail_logs WHERE errorcode IS DISTINCT FROM 'AccessDenied' AND readonly = 'false'

SELECT eventid FROM cloudtrail_logs WHERE NOT (errorcode = 'AccessDenied')

SELECT eventid FROM cloudtrail_logs WHERE errorcode NOT IN ('AccessDenied', 'NoSuchKey')

SELECT eventid FROM cloudtrail_logs WHERE errorcode NOT LIKE '%Denied%'

SELECT eventid FROM cloudtrail_logs WHERE errorcode <> '' AND errorcode != 'AccessDenied'

SELECT eventid FROM cloudtrail_logs WHERE CASE WHEN errorcode IS NULL THEN false ELSE readonly = 'false' END

SELECT eventid FROM cloudtrail_logs WHERE if(errorcode IS NULL, 'none', errorcode) = 'none' AND readonly = 'false'

SELECT nullif(errorcode, 'AccessDenied'), count(*) FROM cloudtrail_logs GROUP BY 1

SELECT eventid, useridentity.username || ' (' || useridentity.type || ')' FROM cloudtrail_logs

SELECT 'a' || eventname || 'b', upper(awsregion) FROM cloudtrail_logs WHERE eventname = 'StopLogging' -- a comment ; with a semicolon

SELECT /* IF(a, b) */ eventid FROM cloudtrail_logs WHERE eventname <> 'it''s' AND eventname = 'StopLogging'

SELECT U&'caf\00e9' AS name, eventid FROM cloudtrail_logs WHERE eventname = 'StopLogging'

SELECT count(*) / 7, count(*) % 7, -count(*) / 7, count(*) / 7e0, count(*) / CAST(7 AS double) FROM cloudtrail_logs

SELECT cardinality(resources) / 2, count(*) FROM cloudtrail_logs GROUP BY 1

SELECT eventid, length(eventname) / 4 * 4 FROM cloudtrail_logs WHERE readonly = 'false'

SELECT sum(length(eventname)) / count(*), avg(length(eventname)) FROM cloudtrail_logs

SELECT try(length(eventname) / (length(eventname) - length(eventname))) FROM cloudtrail_logs

-- fails
SELECT length(eventname) / (length(eventname) - length(eventname)) FROM cloudtrail_logs

-- fails
SELECT no_such_column FROM cloudtrail_logs

-- fails
SELECT eventname, count(*) FROM cloudtrail_logs

SELECT eventid, count(*) OVER (PARTITION BY awsregion), row_number() OVER (ORDER BY eventid) FROM cloudtrail_logs

SELECT eventid, rank() OVER w, dense_rank() OVER w, percent_rank() OVER w, cume_dist() OVER w FROM cloudtrail_logs WINDOW w AS (ORDER BY eventname)

SELECT eventid, first_value(eventname) OVER w, last_value(eventname) OVER w, nth_value(eventname, 2) OVER w FROM cloudtrail_logs WINDOW w AS (PARTITION BY awsregion ORDER BY eventtime, eventid)

SELECT eventid, lag(eventname, 1, 'none') OVER (ORDER BY eventtime, eventid), lead(eventname, 2) OVER (ORDER BY eventtime, eventid) FROM cloudtrail_logs

SELECT eventid, count(*) OVER (PARTITION BY sourceipaddress ORDER BY from_iso8601_timestamp(eventtime) RANGE BETWEEN INTERVAL '10' MINUTE PRECEDING AND CURRENT ROW) FROM cloudtrail_logs

SELECT eventid, sum(1) OVER (ORDER BY eventid ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM cloudtrail_logs

SELECT eventid, lag(errorcode) IGNORE NULLS OVER (ORDER BY eventtime, eventid) FROM cloudtrail_logs

-- Aggregates.
SELECT awsregion, array_agg(DISTINCT eventcategory ORDER BY eventcategory) FROM cloudtrail_logs GROUP BY awsregion

SELECT awsregion, array_sort(array_agg(eventid)) FROM cloudtrail_logs GROUP BY awsregion

SELECT awsregion, array_agg(eventname ORDER BY eventtime, eventid) FILTER (WHERE readonly = 'false') FROM cloudtrail_logs GROUP BY awsregion

SELECT eventsource, count(DISTINCT eventname), count_if(errorcode IS NOT NULL), sum(CASE errorcode WHEN 'AccessDenied' THEN 1 ELSE 0 END) FROM cloudtrail_logs GROUP BY eventsource

SELECT eventsource, bool_and(errorcode IS NULL), bool_or(readonly = 'false'), every(eventname <> '') FROM cloudtrail_logs GROUP BY eventsource

SELECT awsregion, map_agg(eventid, eventname) FROM cloudtrail_logs WHERE readonly = 'false' GROUP BY awsregion

SELECT awsregion, map_keys(map_agg(eventsource, 1)) IS NOT NULL, cardinality(map_agg(eventsource, 1)) FROM cloudtrail_logs GROUP BY awsregion

SELECT awsregion, histogram(eventcategory) FROM cloudtrail_logs GROUP BY awsregion

SELECT awsregion, min_by(eventname, concat(eventtime, eventid)), max_by(eventname, concat(eventtime, eventid)), max(eventtime), min(eventtime, 2), max_by(eventname, concat(eventtime, eventid), 2) FROM cloudtrail_logs GROUP BY awsregion

SELECT awsregion, stddev(length(eventname)), variance(length(eventname)), stddev_pop(length(eventname)), var_pop(length(eventname)), geometric_mean(length(eventname)) FROM cloudtrail_logs GROUP BY awsregion

SELECT awsregion, corr(length(eventname) * 1e0, length(eventsource)), covar_pop(length(eventname) * 1e0, length(eventsource)), regr_slope(length(eventname) * 1e0, length(eventsource)) FROM cloudtrail_logs GROUP BY awsregion HAVING count(*) > 100

SELECT awsregion, listagg(DISTINCT eventcategory, '; ') WITHIN GROUP (ORDER BY eventcategory DESC) FROM cloudtrail_logs GROUP BY awsregion

SELECT awsregion, array_join(array_sort(array_agg(DISTINCT errorcode)), ', ', '(none)') FROM cloudtrail_logs GROUP BY awsregion

SELECT reduce(array_agg(length(eventname)), 0, (s, x) -> s + x, s -> s) FROM cloudtrail_logs

SELECT approx_percentile(length(eventname), 0.5) BETWEEN 5 AND 30, approx_distinct(awsregion) FROM cloudtrail_logs

SELECT awsregion, multimap_agg(eventcategory, readonly) IS NOT NULL FROM cloudtrail_logs GROUP BY awsregion

SELECT map_union(MAP(ARRAY[awsregion], ARRAY[1])) FROM cloudtrail_logs

SELECT transform_values(histogram(awsregion), (k, v) -> v * 2), map_filter(histogram(awsregion), (k, v) -> v > 100) FROM cloudtrail_logs

SELECT awsregion, array_agg(errorcode), count(*) FROM cloudtrail_logs WHERE readonly = 'false' AND errorcode IS NULL GROUP BY awsregion

-- What functions say of values that are in the table.
SELECT eventid, split_part(useridentity.arn, '/', 4), split_part(useridentity.arn, ':', 6) FROM cloudtrail_logs

SELECT eventid, element_at(split(useridentity.arn, '/'), 3), cardinality(split(useridentity.arn, '/')) FROM cloudtrail_logs

SELECT eventid, contains(transform(resources, r -> r.accountid), '111122223333') FROM cloudtrail_logs

SELECT eventid, all_match(resources, r -> r.type LIKE 'AWS::S3::%'), none_match(resources, r -> r.type = 'AWS::KMS::Key'), any_match(resources, r -> r.accountid = recipientaccountid) FROM cloudtrail_logs

SELECT eventid, array_max(transform(resources, r -> r.type)), array_position(transform(resources, r -> r.type), 'AWS::S3::Bucket'), arrays_overlap(transform(resources, r -> r.type), ARRAY['AWS::KMS::Key']) FROM cloudtrail_logs

SELECT eventid, array_remove(transform(resources, r -> r.accountid), '111122223333'), array_distinct(transform(resources, r -> r.accountid)) FROM cloudtrail_logs

SELECT eventid, reverse(transform(resources, r -> r.arn)), zip_with(resources, resources, (a, b) -> a.arn = b.arn) FROM cloudtrail_logs

SELECT eventid, greatest(errorcode, ''), least(errorcode, eventname), concat(errorcode, ': ', errormessage), concat_ws(': ', errorcode, errormessage) FROM cloudtrail_logs

SELECT eventid, substr(eventname, 0), substr(eventname, -3), substr(eventname, 4, 2), strpos(eventname, 'e'), strpos(eventname, 'e', 2), position('e' IN eventname) FROM cloudtrail_logs

SELECT eventid, CAST(eventname AS varchar(5)), lpad(eventname, 8, '.'), reverse(eventname), repeat(eventname, 2) FROM cloudtrail_logs

SELECT eventid, regexp_replace(eventname, '([a-z])([A-Z])', '$1 $2'), regexp_extract_all(eventname, '[A-Z][a-z]*'), regexp_split(eventname, '[a-z]+'), regexp_count(eventname, '[A-Z]'), regexp_position(eventname, '[A-Z]', 2) FROM cloudtrail_logs

SELECT eventid, regexp_replace(eventname, '([A-Z])', x -> '_' || lower(x[1])), regexp_replace(errorcode, '([A-Z])', x -> '_') FROM cloudtrail_logs

SELECT eventid, json_extract(useragent, '$.a'), json_extract_scalar(errormessage, '$.a'), json_array_length(eventname), json_extract_scalar(requestparameters, '$') FROM cloudtrail_logs

SELECT eventid, CAST(json_extract(requestparameters, '$') AS map(varchar, json)) IS NULL, json_format(json_extract(requestparameters, '$.bucketName')), CAST(eventname AS json) FROM cloudtrail_logs

SELECT eventid, CAST(json_extract(requestparameters, '$.instancesSet') AS row(items array(row(instanceid varchar)))) FROM cloudtrail_logs WHERE eventname = 'TerminateInstances'

SELECT eventid, from_iso8601_timestamp(eventtime) AT TIME ZONE 'UTC', year(from_iso8601_timestamp(eventtime)), week(from_iso8601_timestamp(eventtime)), millisecond(from_iso8601_timestamp(eventtime)) FROM cloudtrail_logs

SELECT eventid, date_trunc('week', from_iso8601_timestamp(eventtime)), date_trunc('month', CAST(from_iso8601_timestamp(eventtime) AS date)), date_add('day', 1, CAST(from_iso8601_timestamp(eventtime) AS date)), extract(dow FROM from_iso8601_timestamp(eventtime)) FROM cloudtrail_logs

SELECT eventid, format_datetime(from_iso8601_timestamp(eventtime), 'EEEE, d MMMM yyyy, h:mm a'), date_format(from_iso8601_timestamp(eventtime), '%a %e %b %H:%i:%s'), to_unixtime(from_iso8601_timestamp(eventtime)) FROM cloudtrail_logs

SELECT eventid, from_iso8601_timestamp(eventtime) - interval '90' minute, from_iso8601_timestamp(eventtime) - from_iso8601_timestamp(useridentity.sessioncontext.attributes.creationdate) FROM cloudtrail_logs

SELECT eventid, CAST(eventtime AS varchar), CAST(eventtime AS timestamp), CAST(eventtime AS date), date(eventtime), to_iso8601(eventtime), CAST(to_unixtime(eventtime) AS varchar) FROM $EDS_ID

SELECT eventid, CAST(eventtime AT TIME ZONE 'Asia/Tokyo' AS varchar) FROM $EDS_ID

SELECT eventid, hour(eventtime AT TIME ZONE 'America/Los_Angeles'), hour(at_timezone(from_iso8601_timestamp(CAST(CAST(eventtime AS date) AS varchar)), 'Asia/Kolkata')), date(eventtime AT TIME ZONE 'Asia/Tokyo') FROM $EDS_ID

SELECT eventid, requestparameters['bucketName'] FROM $EDS_ID WHERE contains(map_keys(requestparameters), 'bucketName')

SELECT eventid, map_values(requestparameters), map_entries(responseelements), cardinality(additionaleventdata) FROM $EDS_ID

SELECT eventid, map_concat(requestparameters, responseelements) FROM $EDS_ID WHERE responseelements IS NOT NULL AND requestparameters IS NOT NULL

SELECT eventid, transform_values(requestparameters, (k, v) -> upper(v)), map_filter(requestparameters, (k, v) -> k LIKE '%Name') FROM $EDS_ID

SELECT eventname, n FROM (SELECT eventname, count(*) AS n FROM cloudtrail_logs GROUP BY eventname) TABLESAMPLE BERNOULLI (100)

-- differs: not here
SELECT * FROM cloudtrail_logs MATCH_RECOGNIZE (
    ORDER BY eventtime, eventid
    MEASURES A.eventid AS a, B.eventid AS b
    ONE ROW PER MATCH
    PATTERN (A B)
    DEFINE A AS A.eventname = 'StopLogging', B AS B.eventname = 'DeleteTrail'
)

SELECT eventid, json_extract_scalar(errormessage, '$.a'), json_extract(errormessage, '$.a'), json_exists(errormessage, 'lax $.a'), json_size(errormessage, '$.a'), json_array_length(errormessage), json_value(errormessage, 'lax $.a') FROM cloudtrail_logs

-- Names of columns, and those that have none.
SELECT count(*), useridentity.type, max(eventtime), lower(useridentity.type), (useridentity).type FROM cloudtrail_logs GROUP BY useridentity.type

SELECT *, count(*) OVER () FROM (SELECT eventname, count(*), min(eventtime) FROM cloudtrail_logs GROUP BY eventname)

WITH a AS (SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1) SELECT 1, a.*, 2 AS two FROM a

SELECT count(*) FROM cloudtrail_logs UNION ALL SELECT 2 AS other

SELECT eventname, resources[1].arn, 'x', NULL IS NULL FROM cloudtrail_logs WHERE cardinality(resources) > 0

-- Ties.
SELECT DISTINCT eventname FROM cloudtrail_logs ORDER BY eventname FETCH FIRST 3 ROWS WITH TIES

SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1 ORDER BY 2 FETCH FIRST ROW WITH TIES

SELECT awsregion FROM cloudtrail_logs UNION ALL SELECT eventname FROM cloudtrail_logs ORDER BY 1 FETCH NEXT 3 ROWS WITH TIES

-- Times with a zone, compared where they are not made.
SELECT eventid, hour(t) FROM (SELECT eventid, at_timezone(from_iso8601_timestamp(eventtime), 'Asia/Tokyo') AS t FROM cloudtrail_logs) WHERE t > from_iso8601_timestamp('2026-03-03T08:00:00Z')

WITH z AS (SELECT eventid, eventtime AT TIME ZONE 'America/New_York' AS t FROM $EDS_ID) SELECT z.eventid FROM z WHERE z.t BETWEEN timestamp '2026-03-02 21:00:00' AND timestamp '2026-03-02 22:00:00'

WITH z AS (SELECT useridentity.type AS kind, max(eventtime AT TIME ZONE 'Asia/Tokyo') AS t FROM $EDS_ID GROUP BY 1) SELECT kind, date_diff('hour', timestamp '2026-03-01 00:00:00', t), to_unixtime(t), t < timestamp '2026-03-03 12:00:00' FROM z

SELECT date_trunc('hour', eventtime AT TIME ZONE 'Asia/Tokyo') = timestamp '2026-03-02 21:00:00', count(*) FROM $EDS_ID GROUP BY 1

-- Maps and JSON.
SELECT k, v FROM (SELECT map_agg(eventname, eventsource) AS m FROM cloudtrail_logs) CROSS JOIN UNNEST(m) AS t(k, v)

SELECT cardinality(map_agg(errorcode, 1)), cardinality(map_agg(errorcode, 1) FILTER (WHERE errorcode LIKE '%Denied%')) FROM cloudtrail_logs

SELECT json_object('name' : eventname, KEY 'error' VALUE errorcode), json_object('name' VALUE eventname, 'error' VALUE errorcode ABSENT ON NULL), json_array(eventname, errorcode), json_array(eventname, errorcode NULL ON NULL), json_object('a' : json_array(1)) FROM cloudtrail_logs

SELECT eventid, json_format(json_parse(requestparameters)) FROM cloudtrail_logs WHERE requestparameters IS NOT NULL

-- Quotients.
SELECT awsregion, sum(length(eventname)) / count(*), avg(length(eventname)) / 0, -length(awsregion) / 2 * 3, length(awsregion) * 7 / -2, 5 % length(awsregion) FROM cloudtrail_logs GROUP BY awsregion

-- fails
SELECT count(*) / 0 FROM cloudtrail_logs

-- fails
SELECT 5.5 / 0 FROM cloudtrail_logs
