-- The events of the log files $files, of which $first and $last are the first and the last, that
-- issue a credential, begin a session or end a key, with the members of their blocks that tell of
-- it: what issued() has of events that are being loaded, see issues.go.
SELECT
    file,
    position,
    eventTime,
    eventName,
    eventID,
    sharedEventID,
    recipientAccountId,
    sourceIPAddress,
    userAgent,
    userIdentity."type" AS userIdentity_type,
    userIdentity.principalId AS userIdentity_principalId,
    userIdentity.arn AS userIdentity_arn,
    userIdentity.accountId AS userIdentity_accountId,
    userIdentity.accessKeyId AS userIdentity_accessKeyId,
    userIdentity.userName AS userIdentity_userName,
    userIdentity.sessionContext.attributes.creationDate AS userIdentity_sessionContext_attributes_creationDate,
    userIdentity.sessionContext.sourceIdentity AS userIdentity_sessionContext_sourceIdentity,
    userIdentity.sessionContext.signInSessionArn AS userIdentity_sessionContext_signInSessionArn,
    userIdentity.invokedBy AS userIdentity_invokedBy,
    userIdentity.onBehalfOf.userId AS userIdentity_onBehalfOf_userId,
    userIdentity.credentialId AS userIdentity_credentialId,
    asked[1] AS requestParameters_roleArn,
    asked[2] AS requestParameters_roleSessionName,
    asked[3] AS requestParameters_targetPrincipal,
    asked[4] AS requestParameters_durationSeconds,
    asked[5] AS requestParameters_sourceIdentity,
    asked[6] AS requestParameters_accessKeyId,
    asked[7] AS requestParameters_userName,
    asked[8] AS requestParameters_name,
    asked[9] AS requestParameters_status,
    asked[10] AS requestParameters_accountId,
    asked[11] AS requestParameters_account_id,
    asked[12] AS requestParameters_roleName,
    asked[13] AS requestParameters_role_name,
    answer[1] AS responseElements_credentials_accessKeyId,
    answer[2] AS responseElements_credentialSet_credentials_accessKeyId,
    answer[3] AS responseElements_credentials_expiration,
    answer[4] AS responseElements_credentialSet_credentials_expiration,
    answer[5] AS responseElements_assumedRoleUser_arn,
    answer[6] AS responseElements_credentialSet_assumedRoleUser_arn,
    answer[7] AS responseElements_assumedRoleUser_assumedRoleId,
    answer[8] AS responseElements_credentialSet_assumedRoleUser_assumedRoleId,
    answer[9] AS responseElements_sourceIdentity,
    answer[10] AS responseElements_credentialSet_sourceIdentity,
    answer[11] AS responseElements_accessKey_accessKeyId,
    answer[12] AS responseElements_accessKey_userName,
    answer[13] AS responseElements_accessKey_status,
    answer[14] AS responseElements_federatedUser_arn,
    answer[15] AS responseElements_federatedUser_federatedUserId,
    answer[16] AS responseElements_subjectFromWebIdentityToken,
    answer[17] AS responseElements_subject,
    answer[18] AS responseElements_subjectArn,
    unnest(CASE
        WHEN eventName <> 'RunInstances' THEN [NULL]
        WHEN json_valid(responseElements) THEN json_extract_string(responseElements, '$.instancesSet.items[*].instanceId')
    END) AS responseElements_instancesSet_items_instanceId,
    additional[1] AS additionalEventData_SwitchFrom,
    additional[2] AS additionalEventData_MFAUsed,
    details[1] AS serviceEventDetails_account_id,
    details[2] AS serviceEventDetails_role_name
FROM (
    SELECT
        *,
        -- All members of a block at once, since each call reads it anew.
        CASE WHEN json_valid(requestParameters) THEN json_extract_string(requestParameters, [
            '$.roleArn', '$.roleSessionName', '$.targetPrincipal', '$.durationSeconds', '$.sourceIdentity', '$.accessKeyId', '$.userName',
            '$.name', '$.status', '$.accountId', '$.account_id', '$.roleName', '$.role_name'
        ]) END AS asked,
        -- Roles Anywhere answers with a list of one.
        CASE WHEN json_valid(responseElements) THEN json_extract_string(responseElements, [
            '$.credentials.accessKeyId', '$.credentialSet[0].credentials.accessKeyId',
            '$.credentials.expiration', '$.credentialSet[0].credentials.expiration',
            '$.assumedRoleUser.arn', '$.credentialSet[0].assumedRoleUser.arn',
            '$.assumedRoleUser.assumedRoleId', '$.credentialSet[0].assumedRoleUser.assumedRoleId',
            '$.sourceIdentity', '$.credentialSet[0].sourceIdentity',
            '$.accessKey.accessKeyId', '$.accessKey.userName', '$.accessKey.status',
            '$.federatedUser.arn', '$.federatedUser.federatedUserId',
            '$.subjectFromWebIdentityToken', '$.subject', '$.subjectArn'
        ]) END AS answer,
        CASE WHEN eventSource = 'signin.amazonaws.com' AND json_valid(additionalEventData)
            THEN json_extract_string(additionalEventData, ['$.SwitchFrom', '$.MFAUsed'])
        END AS additional,
        CASE WHEN eventSource = 'sso.amazonaws.com' AND json_valid(serviceEventDetails)
            THEN json_extract_string(serviceEventDetails, ['$.account_id', '$.role_name'])
        END AS details
    FROM events
    WHERE file BETWEEN $first AND $last
        AND file IN (SELECT unnest($files::INTEGER[]))
        AND NOT errored
        -- IN a list, which the scan looks at before it unpacks anything else. The same calls as in
        -- issues.go.
        AND eventName IN [
            'AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot', 'GetSessionToken', 'GetFederationToken',
            'GetSigninToken', 'GetCredentialsForIdentity', 'ConsoleLogin', 'SwitchRole', 'CreateAccessKey', 'UpdateAccessKey',
            'DeleteAccessKey', 'GetRoleCredentials', 'Federate', 'CreateSession', 'RunInstances'
        ]
        AND eventSource IN [
            'sts.amazonaws.com', 'signin.amazonaws.com', 'iam.amazonaws.com', 'cognito-identity.amazonaws.com', 'sso.amazonaws.com',
            'rolesanywhere.amazonaws.com', 'ec2.amazonaws.com'
        ]
)
