-- title:  Sign-ins that failed
-- why:    whose name, from where, why, and how often the same name came in from
--         there: names that do not exist are hidden by AWS
-- group:  Identity
-- column: actor, sourceIPAddress, reason, failures, successes, lastFailure
WITH ended AS (
    -- A failed sign-in has no error code, and that of Identity Center no error at all.
    SELECT
        coalesce(/* typed name */ username, actor, '(unknown)') AS actor,
        coalesce(sourceIPAddress, '(none)') AS sourceIPAddress,
        errored
        OR coalesce(json_extract_string(serviceEventDetails, eventName) = 'Failure', false)
        OR coalesce(lower(additionalEventData ->> 'success') = 'false', false) AS failed,
        coalesce(errorMessage, errorCode, additionalEventData ->> 'CredentialType', 'Failure') AS reason,
        -- A step that went well is not yet a sign-in.
        eventName IN ('ConsoleLogin', 'UserAuthentication', 'AuthorizeOAuth2Access', 'CreateOAuth2Token') AS whole,
        eventTime
    FROM events
    WHERE /* filters */ true
        AND /* calls of failed-sign-ins */ true
)
SELECT
    actor,
    sourceIPAddress,
    string_agg(DISTINCT reason, ', ' ORDER BY reason) FILTER (WHERE failed) AS reason,
    count(*) FILTER (WHERE failed) AS failures,
    count(*) FILTER (WHERE whole AND NOT failed) AS successes,
    max(eventTime) FILTER (WHERE failed) AS lastFailure
FROM ended
GROUP BY actor, sourceIPAddress
HAVING failures > 0
ORDER BY failures DESC, actor, sourceIPAddress;
