-- A change is approved by a row of --approved that has its eventID, or one of the names that
-- its resources go by and a time in which it happened.
WITH matching AS (
    /* matching */ ''
),
approved AS (
    SELECT
        unnest($approvedEvents::VARCHAR[]) AS eventID,
        unnest($approvedResources::VARCHAR[]) AS resource,
        try_cast(unnest($approvedSince::VARCHAR[]) AS TIMESTAMP) AS since,
        try_cast(unnest($approvedUntil::VARCHAR[]) AS TIMESTAMP) AS until,
        unnest($approvedTickets::VARCHAR[]) AS ticket
),
named AS (
    SELECT
        file,
        position,
        eventTime,
        unnest(list_distinct(flatten(list_transform(touched, lambda t: [t.name, resource_id(t.name)])))) AS name
    FROM matching
),
tickets AS (
    SELECT
        file,
        position,
        array_to_string(list_sort(list_distinct(list(ticket))), ' ') AS ticket
    FROM (
        SELECT matching.file, matching.position, approved.ticket
        FROM matching
        JOIN approved ON approved.eventID = matching.eventID::VARCHAR
        UNION ALL
        SELECT named.file, named.position, approved.ticket
        FROM named
        JOIN approved
            ON approved.resource = named.name
            AND named.eventTime >= approved.since
            AND named.eventTime < approved.until
    )
    GROUP BY file, position
)
SELECT matching.* EXCLUDE (file, position, touched), tickets.ticket
FROM matching
LEFT JOIN tickets USING (file, position)
ORDER BY eventTime, eventID, file, position
