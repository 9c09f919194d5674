-- The rows of credential_uses with at least one event that the filter lets through.
SELECT used.rowid
FROM credential_uses AS used
SEMI JOIN (
    SELECT DISTINCT
        userIdentity.accessKeyId AS accessKeyId,
        userIdentity.arn AS arn,
        try_strptime(userIdentity.sessionContext.attributes.creationDate, ['%Y-%m-%dT%H:%M:%SZ', '%Y%m%dT%H%M%SZ']) AS created,
        userIdentity.invokedBy AS invokedBy
    FROM events
    WHERE /* filters */ true
) AS acted ON acted.accessKeyId IS NOT DISTINCT FROM used.accessKeyId
    AND acted.arn IS NOT DISTINCT FROM used.arn
    AND acted.created IS NOT DISTINCT FROM used.created
    AND acted.invokedBy IS NOT DISTINCT FROM used.invokedBy
