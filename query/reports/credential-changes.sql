-- title:  Changes to credentials
-- group:  Change
-- chart:  time
-- why:    new and changed ways in: users, access keys, passwords, MFA devices, SSH keys,
--         certificates; what came of a new key, trailbox report what --actor KEY tells
-- column: eventTime, eventName, actor, resource, status, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of credential-changes */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    resource,
    coalesce(
        json_extract_string(parameters, '$.status'), -- Active, Inactive
        json_extract_string(response, '$.accessKey.status')
    ) AS status,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
