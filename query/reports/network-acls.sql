-- title:  Changes to network ACLs
-- group:  Change
-- why:    the packet filters of subnets: rules made, replaced, deleted
-- column: eventTime, eventName, actor, resource, rule, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND /* calls of network-acls */ true
)
SELECT
    eventTime,
    eventName,
    actor,
    /* ids */ requestParameters AS resource,
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
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
