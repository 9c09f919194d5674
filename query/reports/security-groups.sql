-- title:  Changes to security groups
-- group:  Change
-- why:    which ports were opened to whom, of EC2 and of the services that have security
--         groups of their own
-- column: eventTime, eventName, actor, resource, rules, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND (
            /* calls of security-groups */ true
            OR eventSource = 'ec2.amazonaws.com' AND eventName IN ('ModifyInstanceAttribute', 'ModifyNetworkInterfaceAttribute')
            AND contains(requestParameters, '"groupSet":{"items"')
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    resource,
    array_to_string(list_transform(
        /* rules */ parameters,
        lambda rule: concat_ws(
            ' ',
            -- The second names are those of ModifySecurityGroupRules.
            replace(coalesce(
                json_extract_string(rule, '$.ipProtocol'), json_extract_string(rule, '$..IpProtocol')[1]
            ), '-1', 'all'),
            coalesce(json_extract_string(rule, '$.fromPort'), json_extract_string(rule, '$..FromPort')[1])
            || coalesce('-' || nullif(
                coalesce(json_extract_string(rule, '$.toPort'), json_extract_string(rule, '$..ToPort')[1]),
                coalesce(json_extract_string(rule, '$.fromPort'), json_extract_string(rule, '$..FromPort')[1])
            ), ''),
            nullif(array_to_string(
                json_extract_string(rule, '$..CidrIpv4')
                || json_extract_string(rule, '$..CidrIpv6')
                || json_extract_string(rule, '$..cidrIp')
                || json_extract_string(rule, '$..cIDRIP') -- of RDS
                || json_extract_string(rule, '$..cidrIpv6')
                || json_extract_string(rule, '$.groups.items[*].groupId')
                || json_extract_string(rule, '$.prefixListIds.items[*].prefixListId')
                || json_extract_string(rule, '$.securityGroupRuleIds.items[*].securityGroupRuleId'), -- of Revoke
                ' '
            ), '')
        )
    ), ', ') AS rules,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
