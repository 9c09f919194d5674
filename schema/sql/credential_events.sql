-- From the events that issued a credential, began a session or ended a key to a row of
-- credential_events for each credential.
INSERT INTO credential_events BY NAME
WITH named AS (
    SELECT
        *,
        requestParameters_roleArn AS roleArn,
        requestParameters_roleSessionName AS roleSessionName,
        requestParameters_targetPrincipal AS target,
        coalesce(responseElements_assumedRoleUser_arn, responseElements_credentialSet_assumedRoleUser_arn) AS sessionArn,
        replace(
            replace(coalesce(responseElements_credentials_expiration, responseElements_credentialSet_credentials_expiration), ',', ''),
            chr(8239), ' '
        ) AS expiration
    FROM /* issues */ issues
)
SELECT
    file,
    position,
    eventTime,
    eventName,
    eventID,
    sharedEventID,
    recipientAccountId AS account,
    sourceIPAddress,
    userAgent,
    userIdentity_type AS issuerType,
    nullif(userIdentity_principalId, '') AS issuerPrincipal,
    -- Who switches roles in the console is seen as the role that they switch to.
    coalesce(additionalEventData_SwitchFrom, nullif(userIdentity_arn, '')) AS issuerArn,
    nullif(userIdentity_accountId, '') AS issuerAccount,
    nullif(userIdentity_accessKeyId, '') AS issuerKey,
    try_strptime(userIdentity_sessionContext_attributes_creationDate, ['%Y-%m-%dT%H:%M:%SZ', '%Y%m%dT%H%M%SZ']) AS issuerCreated,
    nullif(userIdentity_sessionContext_signInSessionArn, '') AS issuerSignIn,
    nullif(userIdentity_credentialId, '') AS issuerCredential,
    coalesce(
        nullif(userIdentity_onBehalfOf_userId, ''), nullif(userIdentity_userName, ''),
        responseElements_subjectFromWebIdentityToken, responseElements_subject, responseElements_subjectArn,
        nullif(userIdentity_invokedBy, '')
    ) AS issuerName,
    CASE eventName
        WHEN 'CreateAccessKey' THEN responseElements_accessKey_accessKeyId
        WHEN 'UpdateAccessKey' THEN requestParameters_accessKeyId
        WHEN 'DeleteAccessKey' THEN requestParameters_accessKeyId
        ELSE coalesce(responseElements_credentials_accessKeyId, responseElements_credentialSet_credentials_accessKeyId)
    END AS accessKeyId,
    CASE
        WHEN eventName IN ('ConsoleLogin', 'SwitchRole', 'GetSessionToken', 'GetSigninToken') THEN nullif(userIdentity_arn, '')
        WHEN eventName = 'GetFederationToken' THEN responseElements_federatedUser_arn
        WHEN eventName = 'AssumeRoot' THEN CASE
            WHEN starts_with(target, 'arn:') THEN target
            WHEN target IS NOT NULL THEN 'arn:aws:iam::' || target || ':root'
        END
        WHEN sessionArn IS NOT NULL THEN sessionArn
        -- Services get no answer to read it from. The ARN of a session has no path.
        WHEN roleArn IS NOT NULL AND roleSessionName IS NOT NULL THEN concat(
            'arn:', split_part(roleArn, ':', 2), ':sts::', split_part(roleArn, ':', 5), ':assumed-role/', split_part(roleArn, '/', -1), '/', roleSessionName
        )
    END AS arn,
    coalesce(
        responseElements_assumedRoleUser_assumedRoleId, responseElements_credentialSet_assumedRoleUser_assumedRoleId,
        responseElements_federatedUser_federatedUserId,
        CASE WHEN eventName IN ('ConsoleLogin', 'SwitchRole', 'GetSessionToken') THEN nullif(userIdentity_principalId, '') END
    ) AS principalId,
    CASE
        WHEN eventName = 'RunInstances' THEN responseElements_instancesSet_items_instanceId
        WHEN eventName = 'CreateAccessKey' THEN coalesce(responseElements_accessKey_userName, userIdentity_userName)
        WHEN eventName IN ('UpdateAccessKey', 'DeleteAccessKey') THEN requestParameters_userName
        WHEN eventName = 'GetFederationToken' THEN requestParameters_name
        -- The account and the permission set.
        WHEN eventName IN ('GetRoleCredentials', 'Federate')
            THEN concat_ws(
                '/',
                coalesce(serviceEventDetails_account_id, requestParameters_accountId, requestParameters_account_id),
                coalesce(serviceEventDetails_role_name, requestParameters_roleName, requestParameters_role_name)
            )
        ELSE coalesce(roleSessionName, split_part(sessionArn, '/', -1))
    END AS name,
    coalesce(
        responseElements_sourceIdentity, responseElements_credentialSet_sourceIdentity,
        requestParameters_sourceIdentity, nullif(userIdentity_sessionContext_sourceIdentity, '')
    ) AS sourceIdentity,
    CASE eventName WHEN 'ConsoleLogin' THEN additionalEventData_MFAUsed = 'Yes' END AS mfa,
    -- As text for people (Jul 10, 2023, 12:09:47 PM; earlier without the second comma), with
    -- another space before AM where Java is a new one.
    coalesce(
        try_strptime(expiration, ['%b %d %Y %I:%M:%S %p', '%Y-%m-%dT%H:%M:%SZ', '%Y-%m-%dT%H:%M:%S.%fZ']),
        eventTime + to_seconds(try_cast(requestParameters_durationSeconds AS INTEGER))
    ) AS expires,
    CASE eventName
        WHEN 'CreateAccessKey' THEN coalesce(responseElements_accessKey_status, 'Active')
        WHEN 'UpdateAccessKey' THEN requestParameters_status
        WHEN 'DeleteAccessKey' THEN 'Deleted'
    END AS status
FROM named
