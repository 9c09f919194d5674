-- title:  Who read secrets
-- group:  Attention
-- why:    secrets, parameters, passwords and credentials that were read, and what was
--         decrypted: by the encryption context where there is one, else by the key
-- column: actor, eventName, secret, events, errors, lastEventTime, sourceIPAddress
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters
    FROM events
    WHERE /* filters */ true
        AND (
            /* calls of secrets */ true
            -- With the function come the variables of its environment.
            OR eventSource = 'lambda.amazonaws.com' AND eventName LIKE 'GetFunction2%'
        )
)
SELECT
    actor,
    eventName,
    coalesce(
        list_filter(
            json_extract_string(parameters, [
                '$.secretId', '$.secretIdList', '$.name', '$.names', '$.path', '$.encryptionContext.SecretARN',
                '$.encryptionContext.PARAMETER_ARN', '$.encryptionContext."aws:s3:arn"', '$.encryptionContext',
                '$.keyId', '$.instanceId', '$.clusterIdentifier', '$.functionName'
            ]),
            lambda name: name IS NOT NULL
        )[1],
        touched[1].name,
        nullif(regexp_extract(errorMessage, 'on resource: ([^ ]+)', 1), '') -- a denied call may have no parameters
    ) AS secret,
    count(*) AS events,
    count(*) FILTER (WHERE errored) AS errors,
    max(eventTime) AS lastEventTime,
    sourceIPAddress
FROM matching
GROUP BY actor, eventName, secret, sourceIPAddress
ORDER BY eventName = 'Decrypt', events DESC, actor, eventName, secret, sourceIPAddress;
