-- IAM's credential report, a row for each user, beside when the log saw them last. Its
-- (no information) and N/A are empty here.
WITH credentials AS (
    SELECT
        unnest($users::VARCHAR[]) AS "user",
        unnest($arns::VARCHAR[]) AS arn,
        try_cast(unnest($created::VARCHAR[]) AS TIMESTAMPTZ)::TIMESTAMP AS created,
        unnest($passwordEnabled::VARCHAR[]) = 'true' AS passwordEnabled,
        try_cast(unnest($passwordLastUsed::VARCHAR[]) AS TIMESTAMPTZ)::TIMESTAMP AS passwordLastUsed,
        try_cast(unnest($passwordLastChanged::VARCHAR[]) AS TIMESTAMPTZ)::TIMESTAMP AS passwordLastChanged,
        unnest($mfaActive::VARCHAR[]) = 'true' AS mfaActive,
        unnest($key1Active::VARCHAR[]) = 'true' AS key1Active,
        try_cast(unnest($key1LastRotated::VARCHAR[]) AS TIMESTAMPTZ)::TIMESTAMP AS key1LastRotated,
        try_cast(unnest($key1LastUsed::VARCHAR[]) AS TIMESTAMPTZ)::TIMESTAMP AS key1LastUsed,
        unnest($key2Active::VARCHAR[]) = 'true' AS key2Active,
        try_cast(unnest($key2LastRotated::VARCHAR[]) AS TIMESTAMPTZ)::TIMESTAMP AS key2LastRotated,
        try_cast(unnest($key2LastUsed::VARCHAR[]) AS TIMESTAMPTZ)::TIMESTAMP AS key2LastUsed
),
seen AS (
    SELECT userIdentity.arn AS arn, max(eventTime) AS lastSeen, count(*) FILTER (WHERE eventTime >= $since::TIMESTAMP) AS eventsInPeriod
    FROM events
    WHERE /* filters */ true
        AND userIdentity.type IN ('IAMUser', 'Root')
    GROUP BY 1
)
SELECT
    credentials.*,
    seen.lastSeen AS lastSeenInLog,
    coalesce(seen.eventsInPeriod, 0) AS eventsInPeriod,
    datediff('day', greatest(passwordLastUsed, key1LastUsed, key2LastUsed, seen.lastSeen), $until::TIMESTAMP) AS daysUnused
FROM credentials
LEFT JOIN seen USING (arn)
ORDER BY "user", arn
