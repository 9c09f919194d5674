-- The rows of --approved that name no change of the period: by their place in the file.
WITH approved AS (
    SELECT
        unnest(range(len($approvedTickets::VARCHAR[])))::BIGINT AS row,
        unnest($approvedEvents::VARCHAR[]) AS eventID,
        unnest($approvedResources::VARCHAR[]) AS resource,
        try_cast(unnest($approvedSince::VARCHAR[]) AS TIMESTAMP) AS since,
        try_cast(unnest($approvedUntil::VARCHAR[]) AS TIMESTAMP) AS until
),
changes AS (
    SELECT eventID::VARCHAR AS eventID, eventTime, touched
    FROM events
    WHERE /* filters */ true
        AND NOT readOnly
),
named AS (
    SELECT eventTime, unnest(list_distinct(flatten(list_transform(touched, lambda t: [t.name, resource_id(t.name)])))) AS name
    FROM changes
)
SELECT row
FROM approved
WHERE NOT coalesce(eventID IN (SELECT eventID FROM changes), false)
    AND NOT EXISTS (
        SELECT 1
        FROM named
        WHERE named.name = approved.resource AND named.eventTime >= approved.since AND named.eventTime < approved.until
    )
ORDER BY row
