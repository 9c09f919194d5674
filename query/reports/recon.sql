-- title:  Looking around
-- why:    who listed, described and looked up how many kinds of things within an hour: many
--         different calls, over many services and Regions, and refusals among them are what
--         enumeration looks like; services of AWS come last
-- group:  Attention
-- column: start, actor, type, calls, services, regions, events, denied, addresses,
--         firstEventTime, lastEventTime
SELECT
    date_trunc('hour', eventTime) AS start,
    coalesce(actor, '(unknown)') AS actor,
    coalesce(userIdentity.type, '(none)') AS type,
    count(DISTINCT concat(eventSource, eventName)) AS calls,
    count(DISTINCT eventSource) AS services,
    count(DISTINCT awsRegion) AS regions,
    count(*) AS events,
    count(*) FILTER (WHERE /* denied */ false) AS denied,
    count(DISTINCT sourceIPAddress) AS addresses,
    min(eventTime) AS firstEventTime,
    max(eventTime) AS lastEventTime
FROM events
WHERE /* filters */ true
    AND readOnly IS DISTINCT FROM false
    AND regexp_matches(eventName, '^(BatchGet|Describe|Get|Head|List|Lookup|Scan|Search|Simulate)')
    AND eventCategory IS DISTINCT FROM 'Data' -- reads what is in a bucket or a table: report data-access
GROUP BY 1, 2, 3
ORDER BY type = 'AWSService', calls DESC, regions DESC, denied DESC, events DESC, start, actor, type;
