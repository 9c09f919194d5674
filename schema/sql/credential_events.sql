-- The events of the log files $files, of which $first and $last are the first and the last, that
-- issued a credential, began a session or ended a key.
INSERT INTO credential_events BY NAME
WITH issues AS (
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
        userIdentity AS issuer,
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
        END AS details,
        unnest(CASE
            WHEN eventName <> 'RunInstances' THEN [NULL]
            WHEN json_valid(responseElements) THEN json_extract_string(responseElements, '$.instancesSet.items[*].instanceId')
        END) AS instance
    FROM events
    WHERE file BETWEEN $first AND $last
        AND file IN (SELECT unnest($files::INTEGER[]))
        AND NOT errored
        -- IN a list, which the scan looks at before it unpacks anything else.
        AND eventName IN [
            'AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot', 'GetSessionToken', 'GetFederationToken',
            'GetSigninToken', 'GetCredentialsForIdentity', 'ConsoleLogin', 'SwitchRole', 'CreateAccessKey', 'UpdateAccessKey',
            'DeleteAccessKey', 'GetRoleCredentials', 'Federate', 'CreateSession', 'RunInstances'
        ]
        AND eventSource IN [
            'sts.amazonaws.com', 'signin.amazonaws.com', 'iam.amazonaws.com', 'cognito-identity.amazonaws.com', 'sso.amazonaws.com',
            'rolesanywhere.amazonaws.com', 'ec2.amazonaws.com'
        ]
),
named AS (
    SELECT
        *,
        asked[1] AS roleArn,
        asked[2] AS roleSessionName,
        asked[3] AS target,
        coalesce(answer[5], answer[6]) AS sessionArn,
        replace(replace(coalesce(answer[3], answer[4]), ',', ''), chr(8239), ' ') AS expiration
    FROM issues
)
SELECT
    file,
    position,
    eventTime,
    eventName,
    eventID,
    sharedEventID,
    account,
    sourceIPAddress,
    userAgent,
    issuer."type" AS issuerType,
    nullif(issuer.principalId, '') AS issuerPrincipal,
    -- Who switches roles in the console is seen as the role that they switch to.
    coalesce(additional[1], nullif(issuer.arn, '')) AS issuerArn,
    nullif(issuer.accountId, '') AS issuerAccount,
    nullif(issuer.accessKeyId, '') AS issuerKey,
    try_strptime(issuer.sessionContext.attributes.creationDate, ['%Y-%m-%dT%H:%M:%SZ', '%Y%m%dT%H%M%SZ']) AS issuerCreated,
    nullif(issuer.sessionContext.signInSessionArn, '') AS issuerSignIn,
    nullif(issuer.credentialId, '') AS issuerCredential,
    coalesce(nullif(issuer.onBehalfOf.userId, ''), nullif(issuer.userName, ''), answer[16], answer[17], answer[18], nullif(issuer.invokedBy, '')) AS issuerName,
    CASE eventName
        WHEN 'CreateAccessKey' THEN answer[11]
        WHEN 'UpdateAccessKey' THEN asked[6]
        WHEN 'DeleteAccessKey' THEN asked[6]
        ELSE coalesce(answer[1], answer[2])
    END AS accessKeyId,
    CASE
        WHEN eventName IN ('ConsoleLogin', 'SwitchRole', 'GetSessionToken', 'GetSigninToken') THEN nullif(issuer.arn, '')
        WHEN eventName = 'GetFederationToken' THEN answer[14]
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
        answer[7], answer[8], answer[15],
        CASE WHEN eventName IN ('ConsoleLogin', 'SwitchRole', 'GetSessionToken') THEN nullif(issuer.principalId, '') END
    ) AS principalId,
    CASE
        WHEN eventName = 'RunInstances' THEN instance
        WHEN eventName = 'CreateAccessKey' THEN coalesce(answer[12], issuer.userName)
        WHEN eventName IN ('UpdateAccessKey', 'DeleteAccessKey') THEN asked[7]
        WHEN eventName = 'GetFederationToken' THEN asked[8]
        -- The account and the permission set.
        WHEN eventName IN ('GetRoleCredentials', 'Federate')
            THEN concat_ws('/', coalesce(details[1], asked[10], asked[11]), coalesce(details[2], asked[12], asked[13]))
        ELSE coalesce(roleSessionName, split_part(sessionArn, '/', -1))
    END AS name,
    coalesce(answer[9], answer[10], asked[5], nullif(issuer.sessionContext.sourceIdentity, '')) AS sourceIdentity,
    CASE eventName WHEN 'ConsoleLogin' THEN additional[2] = 'Yes' END AS mfa,
    -- As text for people (Jul 10, 2023, 12:09:47 PM; earlier without the second comma), with
    -- another space before AM where Java is a new one.
    coalesce(
        try_strptime(expiration, ['%b %d %Y %I:%M:%S %p', '%Y-%m-%dT%H:%M:%SZ', '%Y-%m-%dT%H:%M:%S.%fZ']),
        eventTime + to_seconds(try_cast(asked[4] AS INTEGER))
    ) AS expires,
    CASE eventName
        WHEN 'CreateAccessKey' THEN coalesce(answer[13], 'Active')
        WHEN 'UpdateAccessKey' THEN asked[9]
        WHEN 'DeleteAccessKey' THEN 'Deleted'
    END AS status
FROM named
