-- The log files that no digest proves and that are not what their names say: a key is a claim
-- of whoever put the file there. A file is of one account and one Region, and its name has
-- the time of its newest event, rounded up to 5 minutes; events of services without a Region
-- are of the partition's first one, whose files they need not be in.
SELECT
    uri,
    account,
    region,
    delivered,
    coalesce(otherAccount, '') AS otherAccount,
    coalesce(otherRegion, '') AS otherRegion,
    later,
    coalesce(otherCategory, '') AS otherCategory
FROM (
    SELECT
        states.uri,
        coalesce(states.account, '') AS account,
        coalesce(states.region, '') AS region,
        states.delivered,
        min(recipientAccountId) FILTER (WHERE recipientAccountId <> states.account) AS otherAccount,
        min(awsRegion) FILTER (
            WHERE awsRegion <> states.region
                AND awsRegion NOT IN ('us-east-1', 'us-gov-west-1', 'cn-north-1')
        ) AS otherRegion,
        max(eventTime) FILTER (WHERE eventTime > states.delivered + INTERVAL 5 MINUTE) AS later,
        min(eventCategory) FILTER (
            WHERE CASE states.kind
                WHEN 'CloudTrail' THEN eventCategory IN ('Insight', 'NetworkActivity')
                WHEN 'CloudTrail-Insight' THEN eventCategory <> 'Insight'
                WHEN 'CloudTrail-NetworkActivity' THEN eventCategory <> 'NetworkActivity'
            END
        ) AS otherCategory
    FROM states
    JOIN events USING (file)
    WHERE states.state <> 'proven'
        AND states.live
    GROUP BY states.file, states.uri, states.account, states.region, states.delivered
) AS labels
WHERE otherAccount IS NOT NULL
    OR otherRegion IS NOT NULL
    OR later IS NOT NULL
    OR otherCategory IS NOT NULL
ORDER BY account, region, delivered, uri
LIMIT $limit
