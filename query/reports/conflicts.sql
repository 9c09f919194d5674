-- title:  One eventID, several contents
-- why:    an eventID stands for one event; records that share one and differ were
--         altered, or made up: trailbox show EVENT-ID tells them apart
-- group:  Completeness
-- column: eventID, eventTime, eventName, actor, uri, position
WITH matching AS (
    SELECT * FROM events
    WHERE /* filters */ true
)
SELECT
    matching.eventID,
    matching.eventTime,
    matching.eventName,
    matching.actor,
    files.uri,
    matching.position
FROM matching
JOIN files USING (file)
WHERE matching.eventID IN (SELECT eventID FROM events GROUP BY eventID HAVING count(*) > 1)
ORDER BY matching.eventID, files.uri, matching.position, matching.file;
