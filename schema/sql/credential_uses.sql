-- What credentials did in the log files $files, of which $first and $last are the first and the last.
INSERT INTO credential_uses BY NAME
SELECT
    * EXCLUDE (creationDate),
    -- As ISO 8601, in the extended form or, as documented, in the basic one.
    try_strptime(creationDate, ['%Y-%m-%dT%H:%M:%SZ', '%Y%m%dT%H%M%SZ']) AS created
FROM (
    SELECT
        max(file) AS file,
        userIdentity.accessKeyId AS accessKeyId,
        max(userIdentity."type") AS "type",
        max(userIdentity.principalId) AS principalId,
        userIdentity.arn AS arn,
        max(userIdentity.accountId) AS accountId,
        userIdentity.sessionContext.attributes.creationDate AS creationDate,
        userIdentity.invokedBy AS invokedBy,
        max(userIdentity.credentialId) AS credentialId,
        max(userIdentity.sessionContext.signInSessionArn) AS signInSessionArn,
        max(userIdentity.sessionContext.sourceIdentity) AS sourceIdentity,
        max(userIdentity.onBehalfOf.userId) AS onBehalfOf,
        max(userIdentity.inScopeOf.credentialsIssuedTo) AS issuedTo,
        sourceIPAddress,
        bool_or(sessionCredentialFromConsole IS NOT NULL) AS console,
        bool_or(userIdentity.sessionContext.attributes.mfaAuthenticated = 'true') AS mfa,
        min(eventTime) AS firstUse,
        max(eventTime) AS lastUse,
        count(*) AS events,
        count(*) FILTER (WHERE NOT errored AND readOnly IS DISTINCT FROM true) AS writes,
        count(*) FILTER (WHERE errored) AS errors
    FROM events
    WHERE file BETWEEN $first AND $last
        AND file IN (SELECT unnest($files::INTEGER[]))
        -- Services have no credentials, and what another account sees of a caller are none.
        AND userIdentity."type" NOT IN ('AWSService', 'AWSAccount')
        AND (
            userIdentity.accessKeyId <> ''
            OR userIdentity.credentialId <> ''
            OR userIdentity.sessionContext.signInSessionArn <> ''
            OR userIdentity.sessionContext.attributes.creationDate <> ''
        )
    GROUP BY ALL
)
