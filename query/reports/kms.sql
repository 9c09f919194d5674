-- title:  Changes to KMS keys
-- group:  Change
-- why:    keys disabled, deleted or given away: what they encrypt is lost with them, or read
--         by others
-- column: eventTime, eventName, actor, resource, detail, error, sourceIPAddress
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters
    FROM events
    WHERE /* filters */ true
        AND eventSource = 'kms.amazonaws.com' AND eventName IN (
            'CancelKeyDeletion', 'ConnectCustomKeyStore', 'CreateAlias', 'CreateCustomKeyStore', 'CreateGrant',
            'CreateKey', 'DeleteAlias', 'DeleteCustomKeyStore', 'DeleteImportedKeyMaterial', 'DeleteKey',
            'DisableKey', 'DisableKeyRotation', 'DisconnectCustomKeyStore', 'EnableKey', 'EnableKeyRotation',
            'ImportKeyMaterial', 'PutKeyPolicy', 'ReplicateKey', 'RetireGrant', 'RevokeGrant', 'RotateKey',
            'RotateKeyOnDemand', 'ScheduleKeyDeletion', 'SynchronizeMultiRegionKey', 'TagResource',
            'UntagResource', 'UpdateAlias', 'UpdateCustomKeyStore', 'UpdateKeyDescription',
            'UpdatePrimaryRegion'
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    array_to_string(list_transform(touched, lambda t: t.name), ' ') AS resource,
    coalesce(
        json_extract_string(parameters, '$.granteePrincipal'),
        json_extract_string(parameters, '$.pendingWindowInDays') || ' days',
        json_extract_string(parameters, '$.aliasName')
    ) AS detail,
    CASE WHEN errored THEN coalesce(errorCode, errorMessage, 'Failure') END AS error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
