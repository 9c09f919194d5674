-- title:  Changes to the organization
-- group:  Change
-- chart:  time
-- why:    accounts made, invited, moved or leaving, and the policies that bind them; every
--         call to Organizations and Account Management that is not a read
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND eventSource IN ['organizations.amazonaws.com', 'account.amazonaws.com'] AND /* write */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(
        nullif(resource, ''),
        json_extract_string(parameters, '$.targetId'),
        json_extract_string(parameters, '$.accountId'),
        json_extract_string(parameters, '$.target.id'),
        json_extract_string(parameters, '$.policyId'),
        json_extract_string(parameters, '$.handshakeId'),
        json_extract_string(parameters, '$.servicePrincipal'),
        json_extract_string(parameters, '$.regionName')
    ) AS resource,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
