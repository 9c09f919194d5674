-- title:  Changes to the organization
-- group:  Change
-- why:    accounts made, invited, moved or leaving, and the policies that bind them; every
--         call to Organizations and Account Management that is not a read
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters
    FROM events
    WHERE /* filters */ true
        AND eventSource IN ('organizations.amazonaws.com', 'account.amazonaws.com') AND coalesce(NOT readOnly, NOT regexp_matches(eventName, '^(Get|List|Describe|Search)'))
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(
        nullif(array_to_string(list_transform(touched, lambda t: t.name), ' '), ''),
        json_extract_string(parameters, '$.targetId'),
        json_extract_string(parameters, '$.accountId'),
        json_extract_string(parameters, '$.target.id'),
        json_extract_string(parameters, '$.policyId'),
        json_extract_string(parameters, '$.handshakeId'),
        json_extract_string(parameters, '$.servicePrincipal'),
        json_extract_string(parameters, '$.regionName')
    ) AS resource,
    CASE WHEN errored THEN coalesce(errorCode, errorMessage, 'Failure') END AS error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
