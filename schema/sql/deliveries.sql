-- The records of an eventID, one row for each place where each of them was.
WITH found AS (
    SELECT
        file,
        position,
        shape,
        verbatim,
        CASE WHEN shape IS NOT NULL THEN /* leaves */ '' END AS leaves
    FROM events
    WHERE eventID = $id::UUID
),
places AS (
    SELECT file, position, file AS atFile, position AS atPosition, true AS first
    FROM found
    UNION ALL
    SELECT firstFile, firstPosition, repeats.file, repeats.position, false
    FROM repeats
    WHERE eventID = $id::UUID
)
SELECT
    found.file,
    found.position,
    found.shape,
    found.verbatim,
    found.leaves,
    files.uri,
    places.atPosition,
    files.sha256,
    coalesce(files.versionId, '') AS versionId,
    runs.started,
    files.run,
    places.first
FROM found
JOIN places ON places.file = found.file AND places.position = found.position
JOIN files ON files.file = places.atFile
JOIN runs ON runs.run = files.run
ORDER BY found.file, found.position, places.first DESC, places.atFile, places.atPosition;
