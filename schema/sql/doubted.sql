-- The events of some eventIDs, each with what its record is made of, in the order of the
-- places where they were.
SELECT
    eventID,
    file,
    position,
    shape,
    verbatim,
    CASE WHEN shape IS NOT NULL THEN /* leaves */ '' END AS leaves
FROM events
WHERE eventID IN (SELECT unnest($ids::VARCHAR[])::UUID)
ORDER BY eventID, file, position;
