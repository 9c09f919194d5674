-- title:  Sign-ins, and how they ended
-- why:    console, switched roles, sign-in links, IAM Identity Center and the command
--         line's browser sign-in. MFA of federated users is the provider's: CloudTrail
--         writes No
-- group:  Identity
-- chart:  time
-- column: eventTime, eventName, actor, outcome, mfa, sourceIPAddress
WITH steps AS (
    SELECT
        *,
        coalesce(/* typed name */ username, actor) AS person,
        coalesce(
            json_extract_string(responseElements, eventName),
            json_extract_string(serviceEventDetails, eventName),
            CASE lower(additionalEventData ->> 'success') WHEN 'true' THEN 'Success' WHEN 'false' THEN 'Failure' END,
            CASE WHEN errored THEN 'Failure' ELSE 'Success' END
        ) AS ended
    FROM events
    WHERE /* filters */ true
        AND /* calls of sign-ins */ true
)
SELECT
    eventTime,
    eventName,
    CASE eventName
        WHEN 'SwitchRole' THEN coalesce(regexp_extract(additionalEventData ->> 'SwitchFrom', '[^:]*$') || ' as ', '') || coalesce(person, '')
        ELSE coalesce(person, '(unknown)')
    END AS actor,
    CASE WHEN ended = 'Failure' THEN coalesce(errorMessage, errorCode, ended) ELSE ended END AS outcome,
    CASE
        WHEN eventName = 'UserAuthentication' THEN
            CASE
                WHEN (additionalEventData ->> 'CredentialType') LIKE '%EXTERNAL_IDP%' THEN 'provider'
                WHEN regexp_matches(additionalEventData ->> 'CredentialType', 'OTP|WEBAUTHN') THEN 'yes'
                ELSE 'no'
            END
        WHEN eventName <> 'ConsoleLogin' THEN NULL
        WHEN userIdentity.type IN ('IAMUser', 'Root') THEN lower(additionalEventData ->> 'MFAUsed') -- Yes, No; YES has been seen
        ELSE 'provider'
    END AS mfa,
    sourceIPAddress
FROM steps
WHERE eventName <> 'CredentialChallenge' -- a step on the way
ORDER BY eventTime, eventID, file, position;
