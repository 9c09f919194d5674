-- title:  Credentials of instances, and from where they are used
-- group:  Identity
-- why:    keys of the roles of instances, containers and functions are for these alone: a row
--         for each key, or for all of one instance that have the same addresses, with what
--         speaks against it; an instance's other addresses, and those that it was given, are
--         of the whole store. Functions and tasks may have several addresses by themselves
-- column: instance, role, accessKeyId, addresses, verdict, userAgents, firstEventTime,
--         lastEventTime
WITH calls AS ( -- of what a role's credentials do most is alike: that is looked at once
    SELECT
        userIdentity.accessKeyId AS accessKeyId,
        userIdentity.principalId AS principalId,
        userIdentity.inScopeOf.credentialsIssuedTo AS issuedTo,
        userIdentity.sessionContext.sessionIssuer.userName AS role,
        userIdentity.accountId AS account,
        userIdentity.sessionContext.ec2RoleDelivery AS delivery,
        userIdentity.invokedBy AS invokedBy,
        sourceIPAddress,
        vpcEndpointId,
        vpcEndpointAccountId,
        userAgent,
        coalesce((
            /* filters */ true
        ), false) AS asked,
        count(*) AS events,
        min(eventTime) AS firstEventTime,
        max(eventTime) AS lastEventTime
    FROM events
    WHERE userIdentity.type = 'AssumedRole'
    GROUP BY ALL
),
uses AS (
    SELECT
        accessKeyId,
        CASE
            WHEN regexp_matches(principalId, ':m?i-') THEN split_part(principalId, ':', 2)
            WHEN issuedTo IS NOT NULL THEN resource_id(issuedTo)
            ELSE 'task ' || split_part(principalId, ':', 2)
        END AS instance,
        role,
        account,
        delivery,
        CASE -- a service that acts for the instance has its own addresses
            WHEN regexp_matches(sourceIPAddress, '^[0-9A-Fa-f:.]+$') THEN coalesce(invokedBy, sourceIPAddress)
            ELSE sourceIPAddress
        END AS address,
        vpcEndpointId,
        nullif(vpcEndpointAccountId, account) AS endpointAccount,
        -- A program and its version come first, the machine that it runs on behind.
        regexp_replace(/* agent */ userAgent, '^([^ ]*/[^ ]*) .*$', '\1') AS userAgent,
        asked,
        events,
        firstEventTime,
        lastEventTime
    FROM calls
    WHERE regexp_matches(principalId, ':(m?i-([0-9a-f]{8}|[0-9a-f]{17})|[0-9a-f]{32})$') -- ECS names a session for its task
        OR issuedTo IS NOT NULL
),
-- The addresses that instances were given, and those of NAT gateways, behind which others are.
network AS (
    SELECT
        eventName,
        /* account */ recipientAccountId AS account,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response
    FROM events
    WHERE eventName IN ['AllocateAddress', 'AssociateAddress', 'CreateNatGateway', 'RunInstances']
        AND eventSource = 'ec2.amazonaws.com' AND NOT errored
),
allocated AS (
    SELECT
        json_extract_string(response, '$.allocationId') AS allocationId,
        json_extract_string(response, '$.publicIp') AS address
    FROM network
    WHERE eventName = 'AllocateAddress'
),
launched AS (
    SELECT unnest(json_extract(response, '$.instancesSet.items[*]')) AS launch
    FROM network
    WHERE eventName = 'RunInstances'
),
own AS (
    SELECT
        json_extract_string(launch, '$.instanceId') AS instance,
        unnest(
            json_extract_string(launch, '$..privateIpAddress') || json_extract_string(launch, '$..ipAddress')
            || json_extract_string(launch, '$..publicIp')
        ) AS address
    FROM launched
    UNION
    SELECT
        coalesce(
            json_extract_string(parameters, '$.instanceId'),
            json_extract_string(launch, '$.instanceId')
        ),
        coalesce(json_extract_string(parameters, '$.publicIp'), allocated.address)
    FROM network
    LEFT JOIN allocated ON allocated.allocationId = json_extract_string(parameters, '$.allocationId')
    LEFT JOIN launched ON json_extract_string(parameters, '$.networkInterfaceId')
        = json_extract_string(launch, '$.networkInterfaceSet.items[0].networkInterfaceId')
    WHERE eventName = 'AssociateAddress'
),
gateways AS (
    SELECT DISTINCT network.account, allocated.address
    FROM network
    JOIN allocated ON list_contains(json_extract_string(parameters, '$..AllocationId'), allocated.allocationId)
    WHERE eventName = 'CreateNatGateway'
),
places AS (
    SELECT
        accessKeyId,
        instance,
        role,
        uses.account,
        uses.address,
        concat(uses.address, ' by ' || vpcEndpointId, ' of ' || endpointAccount) AS place,
        CASE
            WHEN endpointAccount IS NOT NULL THEN 'elsewhere'
            WHEN NOT regexp_matches(uses.address, '^[0-9A-Fa-f:.]+$') THEN 'service'
            WHEN vpcEndpointId IS NOT NULL THEN 'endpoint'
            WHEN own.address IS NOT NULL THEN 'own'
            WHEN gateways.address IS NOT NULL THEN 'gateway'
            WHEN regexp_matches(uses.address, '^(10|192\.168|172\.(1[6-9]|2[0-9]|3[01]))\.|^f[cd]') THEN 'private'
            ELSE 'public'
        END AS kind,
        endpointAccount,
        min(delivery) AS delivery,
        coalesce(sum(uses.events) FILTER (WHERE asked), 0)::BIGINT AS events,
        array_agg(DISTINCT userAgent) FILTER (WHERE asked) AS userAgents,
        min(uses.firstEventTime) FILTER (WHERE asked) AS firstEventTime,
        max(uses.lastEventTime) FILTER (WHERE asked) AS lastEventTime
    FROM uses
    LEFT JOIN own USING (instance, address)
    LEFT JOIN gateways ON gateways.address = uses.address AND gateways.account = uses.account
    GROUP BY ALL
),
-- What an address means is seen beside the others of the key and of the instance.
compared AS (
    SELECT
        *,
        instance IN (SELECT instance FROM own WHERE instance IS NOT NULL) AS launchKnown,
        bool_or(kind IN ('own', 'gateway')) OVER ofInstance AS ownUsed,
        bool_or(kind IN ('own', 'gateway', 'public')) OVER ofInstance AS publicUsed,
        bool_or(kind = 'endpoint') OVER ofInstance AS endpointUsed,
        count(DISTINCT CASE WHEN kind IN ('own', 'gateway', 'private', 'public') THEN address END) OVER ofInstance AS ofInstance,
        count(DISTINCT CASE WHEN kind IN ('own', 'gateway', 'private', 'public') THEN address END) OVER ofKey AS ofKey
    FROM places
    WINDOW
        ofInstance AS (PARTITION BY instance, account),
        ofKey AS (PARTITION BY accessKeyId, instance, role, account)
),
judged AS (
    SELECT
        *,
        bool_or(
            kind = 'elsewhere'
            OR kind IN ('private', 'public') AND ofInstance > 1
            OR kind = 'private' AND launchKnown
        ) OVER ofKey AS foreignUsed,
        bool_or(kind = 'private' AND launchKnown OR kind IN ('private', 'public') AND ownUsed) OVER ofKey AS notOwn,
        bool_or(kind = 'private' AND publicUsed) OVER ofKey AS privateBesidePublic,
        max(endpointAccount) OVER ofKey AS otherAccount,
        min(delivery) OVER ofKey = '1.0' AS firstVersion, -- of the metadata service: whoever makes a program fetch a URL gets the key
        list_sort(array_agg(kind) OVER ofKey) AS kinds,
        list_sort(array_agg(place) FILTER (WHERE events > 0) OVER ofKey) AS shown
    FROM compared
    WINDOW ofKey AS (PARTITION BY accessKeyId, instance, role, account)
),
counted AS (
    SELECT
        instance,
        role,
        account,
        shown,
        foreignUsed,
        CASE
            WHEN foreignUsed THEN concat_ws(
                '; ',
                'VPC endpoint of account ' || otherAccount,
                CASE WHEN notOwn THEN 'not the address of the instance' END,
                CASE WHEN ofKey > 1 THEN 'one key, ' || ofKey || ' addresses' WHEN ofInstance > 1 THEN ofInstance || ' addresses of the instance' END,
                CASE WHEN privateBesidePublic THEN 'private beside public' END,
                CASE WHEN firstVersion THEN 'by IMDSv1' END
            )
            WHEN list_contains(kinds, 'own') THEN 'the address of the instance'
            WHEN list_contains(kinds, 'gateway') THEN 'the address of a NAT gateway'
            WHEN list_has_any(kinds, ['private', 'public']) AND endpointUsed THEN 'one address beside VPC endpoints'
            WHEN list_has_any(kinds, ['private', 'public']) THEN 'one address'
            WHEN list_contains(kinds, 'endpoint') THEN 'by VPC endpoints alone'
            ELSE 'by AWS services alone'
        END AS verdict,
        place,
        count(DISTINCT accessKeyId) AS keys,
        min(accessKeyId) AS accessKeyId,
        sum(events)::BIGINT AS events,
        flatten(array_agg(userAgents)) AS userAgents,
        min(firstEventTime) AS firstEventTime,
        max(lastEventTime) AS lastEventTime
    FROM judged
    WHERE events > 0
    GROUP BY instance, role, account, shown, foreignUsed, verdict, place
)
SELECT
    instance,
    role,
    CASE WHEN max(keys) > 1 THEN '(' || max(keys) || ' keys)' ELSE min(accessKeyId) END AS accessKeyId,
    array_to_string(array_agg(place || ' (' || events || ')' ORDER BY events DESC, place), ', ') AS addresses,
    verdict,
    array_to_string(list_sort(list_distinct(flatten(array_agg(userAgents)))), ' ') AS userAgents,
    min(firstEventTime) AS firstEventTime,
    max(lastEventTime) AS lastEventTime
FROM counted
GROUP BY instance, role, account, shown, foreignUsed, verdict
ORDER BY foreignUsed DESC, instance, role, firstEventTime, accessKeyId, addresses, verdict, userAgents, lastEventTime;
