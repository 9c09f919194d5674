-- title:  Changes to IAM
-- group:  Change
-- chart:  time
-- why:    who may do what: users, roles, groups, policies, boundaries, federation, permission
--         sets of IAM Identity Center; every call to IAM that is not a read
-- column: eventTime, eventName, actor, resource, policy, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND (
            /* calls of iam-changes */ true
            OR eventSource = 'iam.amazonaws.com' AND coalesce(NOT readOnly, NOT regexp_matches(eventName, '^(Get|List|Simulate|Generate)'))
            OR eventSource = 'rolesanywhere.amazonaws.com' AND /* write */ true
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    resource,
    coalesce(
        json_extract_string(parameters, '$.policyArn'),
        json_extract_string(parameters, '$.policyName'),
        json_extract_string(parameters, '$.permissionsBoundary'),
        json_extract_string(parameters, '$.managedPolicyArn')
    ) AS policy,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
