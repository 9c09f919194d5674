-- The sessions of keys, and of what goes by an ARN and when it was created, with when each of
-- them was there at the latest.
SELECT nullif(accessKeyId, '') AS accessKeyId, name, min(session) AS session, least(min(created), min(firstUse)) AS began
FROM (
    SELECT *, CASE WHEN coalesce(accessKeyId, '') = '' THEN arn || ' ' || strftime(created, '%Y-%m-%dT%H:%M:%SZ') END AS name
    FROM session_uses
)
WHERE accessKeyId IN (SELECT unnest($keys::VARCHAR[]))
    OR name IN (SELECT unnest($keyless::VARCHAR[]))
GROUP BY ALL
