-- title:  Changes to network ACLs
-- group:  Change
-- why:    the packet filters of subnets: rules made, replaced, deleted
-- column: eventTime, eventName, actor, resource, rule, error, sourceIPAddress
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters
    FROM events
    WHERE /* filters */ true
        AND eventSource = 'ec2.amazonaws.com' AND eventName IN (
            'CreateNetworkAcl', 'CreateNetworkAclEntry', 'DeleteNetworkAcl', 'DeleteNetworkAclEntry',
            'ReplaceNetworkAclAssociation', 'ReplaceNetworkAclEntry'
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    -- Ids have one form, wherever they stand.
    array_to_string(list_sort(list_distinct(regexp_extract_all(
        concat(requestParameters, responseElements),
        '"([a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{8}|[0-9a-f]{17}))"',
        1
    ))), ' ') AS resource,
    concat_ws(
        ' ',
        json_extract_string(parameters, '$.ruleNumber'),
        CASE json_extract_string(parameters, '$.egress') WHEN 'true' THEN 'out' WHEN 'false' THEN 'in' END,
        json_extract_string(parameters, '$.ruleAction'),
        replace(json_extract_string(parameters, '$.aclProtocol'), '-1', 'all'),
        json_extract_string(parameters, '$.portRange.from') || '-' || json_extract_string(parameters, '$.portRange.to'),
        coalesce(
            json_extract_string(parameters, '$.cidrBlock'),
            json_extract_string(parameters, '$.ipv6CidrBlock')
        )
    ) AS rule,
    CASE WHEN errored THEN coalesce(errorCode, errorMessage, 'Failure') END AS error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
