-- title:  Access keys and what became of them
-- why:    the long-term ones (AKIA) first; created is known where the store has the
--         event, days are those between first and last use: the key may be older
-- group:  Identity
-- column: accessKeyId, kind, owner, events, errors, addresses, agents, created,
--         firstEventTime, lastEventTime, days
WITH matching AS NOT MATERIALIZED ( -- read twice, a few columns each time
    SELECT * FROM events
    WHERE /* filters */ true
),
-- A user's key is there from its own event on, a session's from the session's start.
created AS (
    SELECT
        json_extract_string(responseElements, '$.accessKey.accessKeyId') AS accessKeyId,
        min(eventTime) AS eventTime
    FROM matching
    WHERE eventName = 'CreateAccessKey' AND responseElements IS NOT NULL
    GROUP BY 1
),
used AS (
    SELECT
        userIdentity.accessKeyId AS accessKeyId,
        min(actor) AS owner,
        count(*) AS events,
        count(*) FILTER (WHERE errored) AS errors,
        count(DISTINCT sourceIPAddress) AS addresses,
        count(DISTINCT userAgent) AS agents,
        min(userIdentity.sessionContext.attributes.creationDate) AS sessionStart,
        min(eventTime) AS firstEventTime,
        max(eventTime) AS lastEventTime
    FROM matching
    WHERE userIdentity.accessKeyId <> '' -- sign-ins and services have an empty one, or none
    GROUP BY 1
)
SELECT
    used.accessKeyId,
    CASE
        WHEN used.accessKeyId LIKE 'AKIA%' THEN 'long-term'
        WHEN used.accessKeyId LIKE 'ASIA%' THEN 'temporary'
        ELSE 'other'
    END AS kind,
    owner,
    events,
    errors,
    addresses,
    agents,
    coalesce(created.eventTime, try_cast(sessionStart AS TIMESTAMP)) AS created,
    firstEventTime,
    lastEventTime,
    round((epoch(lastEventTime) - epoch(firstEventTime)) / 86400, 2) AS days
FROM used
LEFT JOIN created ON created.accessKeyId = used.accessKeyId
ORDER BY kind, events DESC, used.accessKeyId;
