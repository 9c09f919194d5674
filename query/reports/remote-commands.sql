-- title:  Commands and sessions on machines
-- group:  Attention
-- chart:  time
-- why:    who ran something on a machine without signing in to it, or opened a way in: Systems
--         Manager, EC2 Instance Connect, ECS Exec, CloudShell, notebooks, user data; what was
--         typed in a session is in no event, and parameters are mostly hidden
-- column: eventTime, eventName, actor, target, command, error, sourceIPAddress
WITH matching AS (
    SELECT
        *,
        try_cast(requestParameters AS JSON) AS parameters,
        /* error */ errorCode AS error
    FROM events
    WHERE /* filters */ true
        AND (/* names of remote-commands */ true OR eventName = 'ModifyInstanceAttribute')
        AND (
            /* calls of remote-commands */ true
            OR eventSource = 'ec2.amazonaws.com' AND eventName = 'ModifyInstanceAttribute' AND contains(requestParameters, '"userData"')
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(
        nullif(concat_ws(
            ' ',
            nullif(array_to_string(json_extract_string(parameters, '$.instanceIds[*]'), ' '), ''),
            nullif(array_to_string(list_transform(
                json_extract(parameters, '$.targets[*]'),
                lambda t: json_extract_string(t, '$.key') || '=' || array_to_string(json_extract_string(t, '$.values[*]'), ',')
            ), ' '), ''),
            json_extract_string(parameters, '$.target'),
            json_extract_string(parameters, '$.instanceId'),
            json_extract_string(parameters, '$.cluster'),
            json_extract_string(parameters, '$.task'),
            json_extract_string(parameters, '$.container')
        ), ''),
        nullif(/* things */ '', ''),
        resource_id(coalesce(/* refused */ NULL, /* first name */ NULL))
    ) AS target,
    nullif(concat_ws(
        ', ',
        coalesce(
            json_extract_string(parameters, '$.documentName'),
            CASE WHEN eventSource = 'ssm.amazonaws.com' THEN coalesce(
                json_extract_string(parameters, '$.name'),
                json_extract_string(parameters, '$.taskArn')
            ) END
        ),
        CASE
            WHEN contains(requestParameters, '"parameters":"HIDDEN') THEN 'parameters are hidden'
            WHEN json_type(parameters, '$.parameters.commands') = 'ARRAY'
                THEN array_to_string(json_extract_string(parameters, '$.parameters.commands[*]'), '; ')
            ELSE json_extract_string(parameters, '$.parameters')
        END,
        json_extract_string(parameters, '$.command'),
        'user ' || coalesce(
            json_extract_string(parameters, '$.instanceOSUser'),
            json_extract_string(parameters, '$.osUser'),
            json_extract_string(parameters, '$.userProfileName')
        ),
        json_extract_string(parameters, '$.privateIpAddress') || ':' || json_extract_string(parameters, '$.remotePort'),
        CASE WHEN eventName = 'ModifyInstanceAttribute' THEN 'user data' END,
        json_extract_string(parameters, '$.reason')
    ), '') AS command,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
