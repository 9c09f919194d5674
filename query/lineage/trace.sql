-- What was asked for, what it comes from and what was issued from it: a row for each session
-- and link, the sessions that were asked for first found by any of their names. $what is a
-- name, NULL for none; of an event, $eventID, what it issued as well. $whole are the ids of the
-- sessions that the views are true of, NULL for all.
WITH RECURSIVE
/* sessions */ sessions,
/* matching */ matching,
whole AS (FROM sessions WHERE $whole IS NULL OR session IN (SELECT unnest($whole::VARCHAR[]))),
whole_links AS (FROM session_links WHERE $whole IS NULL OR session IN (SELECT unnest($whole::VARCHAR[]))),
named AS (
    SELECT session
    FROM whole
    WHERE $what IS NULL
        OR session = $what
        OR list_contains(accessKeyIds, $what)
        OR /* arn */ true
        OR principalId = $what
        OR starts_with(principalId, $what || ':')
        OR sessionName = $what
        OR sourceIdentity = $what
        OR onBehalfOf = $what
        OR list_contains(addresses, $what)
),
seeds AS (
    SELECT session FROM named WHERE session IN (SELECT session FROM matching)
    UNION
    -- A key that nobody has used has no events which a filter could be about.
    SELECT session FROM named WHERE NOT $filtered AND $eventID IS NULL
    UNION
    SELECT session FROM whole_links WHERE eventID = $eventID::UUID
),
edges AS MATERIALIZED (SELECT session, parent FROM whole_links WHERE NOT candidate AND parent IS NOT NULL),
-- Each session once, so that circles end.
up AS (
    SELECT session FROM seeds
    UNION
    SELECT edges.parent FROM up JOIN edges USING (session) WHERE $up
),
down AS (
    SELECT session FROM seeds
    UNION
    SELECT edges.session FROM down JOIN edges ON edges.parent = down.session WHERE $down
),
reached AS (FROM up UNION FROM down),
-- Of instances and tasks, from where all sessions of the same one were used.
homes AS (
    SELECT principalId, list_sort(list(DISTINCT sourceIPAddress)) AS places
    FROM main.credential_uses
    WHERE principalId IN (SELECT principalId FROM whole JOIN reached USING (session) WHERE kind IN ('instance', 'task'))
        AND regexp_matches(sourceIPAddress, '^[0-9A-Fa-f:.]+$')
        AND coalesce(invokedBy, '') = ''
    GROUP BY 1
)
SELECT
    whole.session AS id,
    session IN (SELECT session FROM seeds) AS asked,
    kind,
    accessKeyIds AS keys,
    principalId,
    arn,
    whole.account,
    sessionName AS name,
    sourceIdentity,
    onBehalfOf,
    console,
    mfa,
    created,
    expires,
    "state",
    ended,
    valid,
    firstUse,
    lastUse,
    events,
    writes,
    errors,
    addresses,
    CASE WHEN kind IN ('instance', 'task') AND len(places) > 1 THEN places ELSE [] END AS places,
    parent,
    link,
    evidence,
    coalesce(candidate, false) AS candidate,
    issuerType,
    issuer,
    eventID,
    eventTime AS linked,
    sourceIPAddress AS linkAddress,
    userAgent AS linkAgent
FROM whole
JOIN reached USING (session)
LEFT JOIN whole_links USING (session)
LEFT JOIN homes USING (principalId)
ORDER BY coalesce(created, firstUse), session, parent, eventID
