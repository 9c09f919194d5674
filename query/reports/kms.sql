-- title:  Changes to KMS keys
-- group:  Change
-- chart:  time
-- why:    keys disabled, deleted or given away: what they encrypt is lost with them, or read
--         by others
-- column: eventTime, eventName, actor, resource, detail, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of kms */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    resource,
    coalesce(
        json_extract_string(parameters, '$.granteePrincipal'),
        json_extract_string(parameters, '$.pendingWindowInDays') || ' days',
        json_extract_string(parameters, '$.aliasName')
    ) AS detail,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
