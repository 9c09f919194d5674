-- title:  Who read secrets
-- group:  Attention
-- chart:  bars
-- why:    secrets, parameters, passwords and credentials that were read, each by its name;
--         what was decrypted is one row for each key, with as many objects as it had
--         encryption contexts, and by the key's name if they are several
-- column: actor, eventName, secret, events, objects, errors, firstEventTime, lastEventTime,
--         sourceIPAddress
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters
    FROM events
    WHERE /* filters */ true
        AND (/* names of secrets */ true OR starts_with(eventName, 'GetFunction2'))
        AND (
            /* calls of secrets */ true
            -- With the function come the variables of its environment.
            OR eventSource = 'lambda.amazonaws.com' AND eventName LIKE 'GetFunction2%'
        )
),
named AS (
    SELECT
        actor,
        eventName,
        eventTime,
        errored,
        sourceIPAddress,
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
            /* refused */ NULL
        ) AS secret,
        CASE WHEN eventName = 'Decrypt' THEN coalesce(touched[1].name, json_extract_string(parameters, '$.keyId')) END AS key
    FROM matching
)
SELECT
    actor,
    eventName,
    CASE WHEN count(DISTINCT named.secret) > 1 THEN coalesce(key, '(several)') ELSE min(named.secret) END AS secret,
    count(*) AS events,
    count(DISTINCT named.secret) AS objects,
    count(*) FILTER (WHERE errored) AS errors,
    min(eventTime) AS firstEventTime,
    max(eventTime) AS lastEventTime,
    sourceIPAddress
FROM named
GROUP BY actor, eventName, key, CASE WHEN eventName <> 'Decrypt' THEN named.secret END, sourceIPAddress
ORDER BY eventName = 'Decrypt', events DESC, actor, eventName, secret, sourceIPAddress, key;
