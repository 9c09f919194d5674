-- title:  Sign-ins of one name from several addresses
-- why:    who came to the console or to IAM Identity Center from more than one address: from
--         where, when, with which programs and how it ended; minutesApart is the shortest
--         time between one from here and one from elsewhere: nobody crosses an ocean in ten
-- group:  Identity
-- column: actor, account, addresses, sourceIPAddress, successes, failures, withMFA, agents,
--         minutesApart, firstEventTime, lastEventTime
WITH steps AS (
    SELECT
        coalesce(/* typed name */ username, actor, '(unknown)') AS actor,
        coalesce(/* account */ recipientAccountId, '(none)') AS account,
        coalesce(sourceIPAddress, '(none)') AS sourceIPAddress,
        eventName,
        errored OR /* failed step */ false OR coalesce(lower(additionalEventData ->> 'success') = 'false', false) AS failed,
        coalesce(lower(additionalEventData ->> 'MFAUsed') = 'yes', false)
        OR coalesce(regexp_matches(additionalEventData ->> 'CredentialType', 'OTP|WEBAUTHN'), false) AS mfa,
        /* agent */ userAgent AS agent,
        eventTime
    FROM events
    WHERE /* filters */ true
        AND /* calls of sign-ins */ true
),
signIns AS (
    SELECT
        *,
        count(DISTINCT sourceIPAddress) OVER (PARTITION BY actor, account) AS addresses,
        lag(eventTime) OVER place AS before,
        lag(sourceIPAddress) OVER place AS beforeAddress,
        lead(eventTime) OVER place AS after,
        lead(sourceIPAddress) OVER place AS afterAddress
    FROM steps
    WHERE eventName IN ('ConsoleLogin', 'UserAuthentication')
    WINDOW place AS (PARTITION BY actor, account ORDER BY eventTime, sourceIPAddress)
)
SELECT
    actor,
    account,
    addresses,
    sourceIPAddress,
    count(*) FILTER (WHERE NOT failed) AS successes,
    count(*) FILTER (WHERE failed) AS failures,
    count(*) FILTER (WHERE NOT failed AND mfa) AS withMFA,
    string_agg(DISTINCT agent, ' | ' ORDER BY agent) AS agents,
    -- The nearest of elsewhere is next to one from here: what stands between two is nearer.
    round(least(
        min(epoch(eventTime - before)) FILTER (WHERE beforeAddress <> sourceIPAddress),
        min(epoch(after - eventTime)) FILTER (WHERE afterAddress <> sourceIPAddress)
    ) / 60, 1) AS minutesApart,
    min(eventTime) AS firstEventTime,
    max(eventTime) AS lastEventTime
FROM signIns
WHERE addresses > 1
GROUP BY actor, account, addresses, sourceIPAddress
ORDER BY addresses DESC, actor, account, firstEventTime, sourceIPAddress;
