-- From the leaves that the scanner hands over, one column each, to a row of
-- events: groups the leaves into their structs and derives what CloudTrail
-- itself does not say in one place.
INSERT INTO events BY NAME
SELECT
    eventTime,
    eventName,
    eventSource,
    awsRegion,
    recipientAccountId,

    -- What LookupEvents and Event history show as the user name. A role session
    -- goes by its session name, not by its role; a service has no user name. What is behind
    -- the last slash of an ARN, if there is one, is taken without a regular expression,
    -- which takes three times as long for nearly every event.
    CASE userIdentity_type
        WHEN 'IAMUser' THEN userIdentity_userName
        WHEN 'AssumedRole' THEN coalesce(
            nullif(nullif(system.main.string_split(userIdentity_arn, '/')[-1], userIdentity_arn), ''),
            nullif(system.main.regexp_extract(userIdentity_principalId, ':(.*)$', 1), '')
        )
        WHEN 'Root' THEN 'root'
        WHEN 'FederatedUser' THEN coalesce(
            nullif(nullif(system.main.string_split(userIdentity_arn, '/')[-1], userIdentity_arn), ''),
            nullif(system.main.regexp_extract(userIdentity_principalId, ':(.*)$', 1), '')
        )
        WHEN 'AWSService' THEN NULL
        ELSE userIdentity_userName
    END AS username,

    -- Who really acted, by the order of trust: an identity that AWS carries along
    -- the whole chain of sessions, then the session, then what the session is of.
    -- A session name is chosen by whoever assumes the role, so it is shown with
    -- its role; IAM Identity Center fills it with the user's own sign-in name.
    coalesce(
        nullif(userIdentity_sessionContext_sourceIdentity, ''),
        CASE userIdentity_type
            WHEN 'AssumedRole' THEN
                CASE
                    WHEN userIdentity_sessionContext_sessionIssuer_userName LIKE 'AWSReservedSSO\_%' ESCAPE '\'
                        THEN nullif(nullif(system.main.string_split(userIdentity_arn, '/')[-1], userIdentity_arn), '')
                    ELSE coalesce(
                        nullif(system.main.substring(userIdentity_arn, nullif(system.main.strpos(userIdentity_arn, ':assumed-role/'), 0) + 14), ''),
                        userIdentity_sessionContext_sessionIssuer_userName || '/'
                        || system.main.regexp_extract(userIdentity_principalId, ':(.*)$', 1),
                        userIdentity_sessionContext_sessionIssuer_userName
                    )
                END
            WHEN 'IAMUser' THEN nullif(userIdentity_userName, '')
            WHEN 'Root' THEN 'root'
            WHEN 'FederatedUser' THEN nullif(nullif(system.main.string_split(userIdentity_arn, '/')[-1], userIdentity_arn), '')
            WHEN 'AWSService' THEN nullif(userIdentity_invokedBy, '')
        END,
        nullif(userIdentity_onBehalfOf_userId, ''),
        nullif(userIdentity_userName, ''),
        nullif(userIdentity_arn, ''),
        nullif(userIdentity_principalId, ''),
        nullif(userIdentity_invokedBy, ''), -- service events carry no type
        nullif(userIdentity_accountId, '')
    ) AS actor,

    sourceIPAddress,
    userAgent,
    readOnly,

    -- A failure is an error code, an error message without one (sign-in), or the
    -- word Failure as an answer (sign-in again).
    errorCode IS NOT NULL
    OR errorMessage IS NOT NULL
    OR CASE
        WHEN responseElements LIKE '%"Failure"%'
            THEN list_contains(json_extract_string(responseElements, '$.*'), 'Failure')
        ELSE false
    END AS errored,
    errorCode,
    errorMessage,

    from_json(touched, '[{"type": "VARCHAR", "name": "VARCHAR"}]') AS touched,
    from_json(
        resources,
        '[{"ARN": "VARCHAR", "ARNPrefix": "VARCHAR", "accountId": "VARCHAR", "type": "VARCHAR"}]'
    ) AS resources,

    -- An object that the record lacks is NULL; one that is there and empty is not. Events
    -- of Insights have no identity at all.
    CASE WHEN hasIdentity THEN struct_pack(
        "type" := userIdentity_type,
        principalId := userIdentity_principalId,
        arn := userIdentity_arn,
        accountId := userIdentity_accountId,
        accessKeyId := userIdentity_accessKeyId,
        userName := userIdentity_userName,
        sessionContext := CASE WHEN hasSessionContext THEN struct_pack(
            sessionIssuer := CASE WHEN hasSessionIssuer THEN struct_pack(
                "type" := userIdentity_sessionContext_sessionIssuer_type,
                principalId := userIdentity_sessionContext_sessionIssuer_principalId,
                arn := userIdentity_sessionContext_sessionIssuer_arn,
                accountId := userIdentity_sessionContext_sessionIssuer_accountId,
                userName := userIdentity_sessionContext_sessionIssuer_userName
            ) END,
            webIdFederationData := CASE WHEN hasWebIdFederationData THEN struct_pack(
                federatedProvider := userIdentity_sessionContext_webIdFederationData_federatedProvider,
                attributes := userIdentity_sessionContext_webIdFederationData_attributes
            ) END,
            attributes := CASE WHEN hasSessionAttributes THEN struct_pack(
                creationDate := userIdentity_sessionContext_attributes_creationDate,
                mfaAuthenticated := userIdentity_sessionContext_attributes_mfaAuthenticated
            ) END,
            sourceIdentity := userIdentity_sessionContext_sourceIdentity,
            ec2RoleDelivery := userIdentity_sessionContext_ec2RoleDelivery,
            ec2IssuedInVpc := userIdentity_sessionContext_ec2IssuedInVpc,
            assumedRoot := userIdentity_sessionContext_assumedRoot,
            signInSessionArn := userIdentity_sessionContext_signInSessionArn
        ) END,
        invokedBy := userIdentity_invokedBy,
        invokedByDelegate := CASE WHEN hasDelegate THEN struct_pack(accountId := userIdentity_invokedByDelegate_accountId) END,
        onBehalfOf := CASE WHEN hasOnBehalfOf THEN struct_pack(
            userId := userIdentity_onBehalfOf_userId,
            identityStoreArn := userIdentity_onBehalfOf_identityStoreArn
        ) END,
        inScopeOf := CASE WHEN hasInScopeOf THEN struct_pack(
            sourceArn := userIdentity_inScopeOf_sourceArn,
            sourceAccount := userIdentity_inScopeOf_sourceAccount,
            issuerType := userIdentity_inScopeOf_issuerType,
            credentialsIssuedTo := userIdentity_inScopeOf_credentialsIssuedTo
        ) END,
        credentialId := userIdentity_credentialId,
        identityProvider := userIdentity_identityProvider
    ) END AS userIdentity,

    requestParameters,
    responseElements,
    additionalEventData,
    serviceEventDetails,
    insightDetails,
    addendum,
    edgeDeviceDetails,
    eventContext,
    CASE WHEN hasTLSDetails THEN struct_pack(
        tlsVersion := tlsDetails_tlsVersion,
        cipherSuite := tlsDetails_cipherSuite,
        clientProvidedHostHeader := tlsDetails_clientProvidedHostHeader,
        keyExchange := tlsDetails_keyExchange
    ) END AS tlsDetails,
    eventVersion,
    eventType,
    eventCategory,
    managementEvent,
    apiVersion,
    requestID,
    eventID,
    sharedEventID,
    vpcEndpointId,
    vpcEndpointAccountId,
    sessionCredentialFromConsole,
    annotation,
    unknown,
    file,
    position,
    recordHash,
    shape,
    verbatim
FROM (
    SELECT
        * EXCLUDE (rare, objects),
        unnest(rare),
        -- Bits by the order of Objects in columns.go.
        objects & 1 <> 0 AS hasIdentity,
        objects & 2 <> 0 AS hasSessionContext,
        objects & 4 <> 0 AS hasSessionIssuer,
        objects & 8 <> 0 AS hasWebIdFederationData,
        objects & 16 <> 0 AS hasSessionAttributes,
        objects & 32 <> 0 AS hasDelegate,
        objects & 64 <> 0 AS hasOnBehalfOf,
        objects & 128 <> 0 AS hasInScopeOf,
        objects & 256 <> 0 AS hasTLSDetails
    FROM (
        -- The leaves that few events have come in one JSON object.
        SELECT * REPLACE (
            CASE
                WHEN rare IS NOT NULL THEN from_json(rare, '{
                    "userIdentity_sessionContext_webIdFederationData_federatedProvider": "VARCHAR",
                    "userIdentity_sessionContext_webIdFederationData_attributes": "VARCHAR",
                    "userIdentity_sessionContext_sourceIdentity": "VARCHAR",
                    "userIdentity_sessionContext_ec2IssuedInVpc": "VARCHAR",
                    "userIdentity_sessionContext_assumedRoot": "VARCHAR",
                    "userIdentity_sessionContext_signInSessionArn": "VARCHAR",
                    "userIdentity_invokedByDelegate_accountId": "VARCHAR",
                    "userIdentity_onBehalfOf_userId": "VARCHAR",
                    "userIdentity_onBehalfOf_identityStoreArn": "VARCHAR",
                    "userIdentity_inScopeOf_sourceArn": "VARCHAR",
                    "userIdentity_inScopeOf_sourceAccount": "VARCHAR",
                    "userIdentity_inScopeOf_issuerType": "VARCHAR",
                    "userIdentity_inScopeOf_credentialsIssuedTo": "VARCHAR",
                    "userIdentity_credentialId": "VARCHAR",
                    "userIdentity_identityProvider": "VARCHAR",
                    "addendum": "VARCHAR",
                    "eventContext": "VARCHAR",
                    "edgeDeviceDetails": "VARCHAR",
                    "insightDetails": "VARCHAR",
                    "annotation": "VARCHAR"
                }')
            END AS rare
        )
        FROM trail()
    )
);
