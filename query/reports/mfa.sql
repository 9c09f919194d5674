-- title:  Who signs in with MFA, and who without
-- why:    successful sign-ins of users and root, and of people in IAM Identity
--         Center. Where another provider asks for the password, the counts are
--         empty: whether it asked for more is not in CloudTrail
-- group:  Identity
-- column: actor, type, signIns, withMFA, withoutMFA, lastWithout, devices
WITH signing AS (
    SELECT
        coalesce(person, actor, '(unknown)') AS actor,
        coalesce(userIdentity.type, '(none)') AS type,
        eventTime,
        eventName <> 'CheckMfa' AS signIn, -- the code was right, and that is not the sign-in yet
        CASE
            WHEN eventName = 'CheckMfa' THEN NULL
            WHEN eventName = 'UserAuthentication' AND credential LIKE '%EXTERNAL_IDP%' THEN NULL
            WHEN eventName = 'UserAuthentication' THEN regexp_matches(credential, 'OTP|WEBAUTHN')
            WHEN userIdentity.type IN ('IAMUser', 'Root') THEN lower(additionalEventData ->> 'MFAUsed') = 'yes'
        END AS withMFA,
        CASE
            WHEN eventName = 'UserAuthentication' THEN credential
            ELSE coalesce(additionalEventData ->> 'MFAIdentifier', additionalEventData ->> 'MfaType')
        END AS device
    FROM (
        SELECT
            *,
            additionalEventData ->> 'CredentialType' AS credential,
            /* typed name */ username AS person
        FROM events
        WHERE /* filters */ true
            AND /* calls of mfa */ true
    )
    WHERE eventName <> 'CredentialChallenge'
        AND NOT errored
        AND NOT /* failed step */ false
)
SELECT
    actor,
    type,
    count(*) FILTER (WHERE signIn) AS signIns,
    CASE WHEN count(withMFA) > 0 THEN count(*) FILTER (WHERE withMFA) END AS withMFA,
    CASE WHEN count(withMFA) > 0 THEN count(*) FILTER (WHERE NOT withMFA) END AS withoutMFA,
    max(eventTime) FILTER (WHERE NOT withMFA) AS lastWithout,
    string_agg(DISTINCT device, ', ' ORDER BY device) AS devices
FROM signing
GROUP BY actor, type
ORDER BY withoutMFA DESC NULLS LAST, signIns DESC, actor, type;
