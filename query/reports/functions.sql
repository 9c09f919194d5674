-- title:  Lambda functions, their code and who calls them
-- group:  Change
-- why:    functions made and changed: where the code came from, roles, environments and
--         layers, URLs, event sources, and who may call them; calls, where the trail logs
--         them, are one row for each caller, with the time of the first
-- column: eventTime, eventName, actor, resource, detail, events, error, sourceIPAddress
WITH matching AS (
    SELECT
        *,
        regexp_replace(eventName, '[0-9]{8}(v[0-9]+)?$', '') AS name, -- the API's, without its version
        coalesce(eventCategory = 'Data', NOT managementEvent, false) AS invoked,
        try_cast(requestParameters AS JSON) AS parameters,
        try_cast(responseElements AS JSON) AS response,
        /* error */ errorCode AS error
    FROM events
    WHERE /* filters */ true
        AND eventSource = 'lambda.amazonaws.com'
        AND (/* write */ true OR coalesce(eventCategory = 'Data', NOT managementEvent))
),
named AS ( -- as columns: a macro works out what it is given in each place that its text has it
    SELECT
        *,
        list_filter(touched, lambda t: coalesce(t.type = 'AWS::Lambda::Function', contains(t.name, ':function:')))[1].name AS called,
        CASE WHEN called IS NULL THEN coalesce(/* refused */ NULL, /* first name */ NULL) END AS mentioned
    FROM matching
),
described AS (
    SELECT
        eventTime,
        eventName,
        actor,
        coalesce(
            resource_id(called),
            json_extract_string(parameters, '$.layerName'),
            resource_id(mentioned)
        ) AS resource,
        concat_ws(
            ', ',
            'code ' || coalesce(
                's3://' || coalesce(json_extract_string(parameters, '$.code.s3Bucket'), json_extract_string(parameters, '$.s3Bucket'))
                || '/' || coalesce(json_extract_string(parameters, '$.code.s3Key'), json_extract_string(parameters, '$.s3Key')),
                json_extract_string(parameters, '$.code.imageUri'),
                json_extract_string(parameters, '$.imageUri'),
                CASE WHEN name IN ('CreateFunction', 'UpdateFunctionCode') AND parameters IS NOT NULL THEN 'sent along' END
            ),
            CASE WHEN json_extract_string(parameters, '$.dryRun') = 'true' THEN 'dry run' END,
            -- What is in an environment is hidden; that it was set is not.
            CASE WHEN name IN ('CreateFunction', 'UpdateFunctionConfiguration') THEN nullif(concat_ws(
                ', ',
                'role ' || regexp_extract(json_extract_string(parameters, '$.role'), '[^/]+$'),
                nullif(array_to_string(json_extract_string(parameters, '$.layers[*]'), ' '), ''),
                nullif(array_to_string(list_filter(
                    json_keys(parameters),
                    lambda key: key IN ('environment', 'handler', 'runtime', 'vpcConfig', 'kMSKeyArn', 'tracingConfig', 'timeout', 'memorySize')
                        AND name = 'UpdateFunctionConfiguration'
                        OR key = 'environment' AND json_extract(parameters, '$.environment') <> '{}'
                ), ', '), '')
            ), '') END,
            CASE json_extract_string(parameters, '$.authType')
                WHEN 'NONE' THEN 'URL for everybody'
                ELSE 'URL for ' || json_extract_string(parameters, '$.authType')
            END,
            json_extract_string(response, '$.functionUrl'),
            'from ' || coalesce(
                json_extract_string(parameters, '$.eventSourceArn'),
                json_extract_string(response, '$.eventSourceArn')
            ),
            json_extract_string(parameters, '$.action') || ' by ' || CASE json_extract_string(parameters, '$.principal')
                WHEN '*' THEN 'everybody'
                ELSE json_extract_string(parameters, '$.principal')
            END,
            'for ' || coalesce(json_extract_string(parameters, '$.sourceArn'), json_extract_string(parameters, '$.sourceAccount')),
            'concurrency ' || json_extract_string(parameters, '$.reservedConcurrentExecutions'),
            CASE WHEN name IN ('CreateFunction', 'UpdateFunctionCode') THEN 'SHA-256 '
                -- enough to tell one code from another
                || regexp_replace(json_extract_string(response, '$.codeSha256'), '^(.{12}).+$', '\1…') END
        ) AS detail,
        error,
        sourceIPAddress,
        CASE WHEN NOT invoked THEN file END AS file,
        CASE WHEN NOT invoked THEN position END AS position
    FROM named
)
SELECT
    min(eventTime) AS eventTime,
    eventName,
    actor,
    resource,
    /* detail and until */ detail AS detail,
    count(*) AS events,
    error,
    sourceIPAddress
FROM described
GROUP BY eventName, actor, resource, described.detail, error, sourceIPAddress, file, position
ORDER BY eventTime, eventName, actor, resource, detail, error, sourceIPAddress, events;
