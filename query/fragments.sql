-- What several reports share, a fragment each. A report has a mark for it: its name in a
-- comment, and one token that stands for it, as in /* error */ errorCode. The comment
-- behind a name is not put in, and the last line of a fragment has none.

-- fragment: account
-- The account that received the event; where that is missing, the caller's.
coalesce(recipientAccountId, userIdentity.accountId)

-- fragment: agent
-- S3 puts it in brackets, and leaves them empty where there is none.
nullif(CASE WHEN userAgent LIKE '[%]' THEN userAgent[2:-2] ELSE userAgent END, '')

-- fragment: bytes out
-- By S3, whose numbers are 0 or 0.0. What is sent of an error is no data.
CASE WHEN NOT errored THEN try_cast(try_cast(additionalEventData AS JSON) ->> 'bytesTransferredOut' AS DOUBLE) END

-- fragment: caller account
-- The account of whoever acted; where that is missing, the one that received the event.
coalesce(userIdentity.accountId, recipientAccountId)

-- fragment: denied
-- By the error codes of all services that say so.
regexp_matches(
    errorCode, -- not those of bad credentials, nor Client.DryRunOperation: that caller was allowed
    'AccessDenied|Unauthorized|Forbidden|NotAuthorized|AuthorizationError|OperationNotPermitted|InsufficientPrivileges|AccessToClusterDenied'
)

-- fragment: details
-- What the reports of changes show of an event, or find in it, besides its columns.
*,
try_cast(requestParameters AS JSON) AS parameters,
try_cast(responseElements AS JSON) AS response,
/* names */ touched AS resource,
/* error */ errorCode AS error

-- fragment: error
-- What CloudTrail says of a failure in any of its ways: a failed sign-in has no code.
CASE WHEN errored THEN coalesce(errorCode, errorMessage, 'Failure') END

-- fragment: failed step
-- How a step of a sign-in says that it failed.
coalesce(serviceEventDetails LIKE '%"Failure"%', false)

-- fragment: first name
-- What the parameters call something by, in the first member that is a name or an id by its
-- own name, or an ARN: for a call that no rule of touched knows.
coalesce(
    nullif(regexp_extract(requestParameters, '"(?:[A-Za-z]*(?:Name|Id|ID|Identifier|Arn|ARN)|name|id)":"([^"]+)"', 1), ''),
    nullif(regexp_extract(requestParameters, '"(arn:[^"]+)"', 1), '')
)

-- fragment: ids
-- The ids in the parameters and in the answer.
array_to_string(list_sort(list_distinct(regexp_extract_all(
    concat(requestParameters, responseElements),
    '"([a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{8}|[0-9a-f]{17}))"', -- ids have one form, wherever they stand
    1
))), ' ')

-- fragment: instances
-- How many: RunInstances answers with each of them, or was asked for so many.
coalesce(
    nullif(json_array_length(response, '$.instancesSet.items'), 0),
    try_cast(json_extract_string(parameters, '$.instancesSet.items[0].maxCount') AS BIGINT),
    json_array_length(parameters, '$.instancesSet.items')
)

-- fragment: names
-- The resources that an event touched.
array_to_string(list_transform(touched, lambda t: t.name), ' ')

-- fragment: object
-- What an event is about: the object in S3, or what it touched first.
coalesce(list_filter(touched, lambda t: t.type = 'AWS::S3::Object')[1].name, touched[1].name)

-- fragment: refused
-- A denied call may have no parameters, and its message the resource: user ops-admin, or an
-- ARN. A wildcard is none.
nullif(regexp_extract(
    errorMessage,
    'on resource: (?:(?:user|role|group|policy|instance profile) )?([^ ]*[^ *:,])(?:[ ,]|$)',
    1
), '')

-- fragment: rules
-- Of a security group.
CASE -- nested, as the API has them today, or flat, as older clients send them: then the parameters are the rule
    WHEN json_array_length(parameters, '$.ipPermissions.items') > 0
        THEN json_extract(parameters, '$.ipPermissions.items[*]')
    ELSE [parameters]
END

-- fragment: things
-- The resources that an event touched, each once: by their names and ids, and by their ARNs
-- where there are no others, since most ARNs repeat a name.
array_to_string(list_sort(list_distinct(list_transform(
    coalesce(nullif(list_filter(touched, lambda t: NOT starts_with(t.name, 'arn:')), []), touched),
    lambda t: resource_id(t.name)
))), ' ')

-- fragment: typed name
-- The name that somebody signs in with.
max(additionalEventData ->> 'UserName') OVER (
    -- Only one step of a sign-in to Identity Center has the name that was typed.
    PARTITION BY coalesce(additionalEventData ->> 'AuthWorkflowID', eventID::VARCHAR)
)

-- fragment: write
-- Old records do not say whether a call only reads, and its name does.
coalesce(NOT readOnly, NOT regexp_matches(eventName, '^(Get|List|Describe|Search)'))
