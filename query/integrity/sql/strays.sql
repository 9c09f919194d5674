-- The log files that no digest lists where one should have, those that have only the name
-- of a listed one, and, counted, those of times and places without digests.
SELECT
    coalesce(account, '') AS account,
    coalesce(region, '') AS region,
    state,
    uri,
    delivered AS since,
    delivered AS until,
    1 AS files,
    true AS digested
FROM states
WHERE state IN ('unlisted', 'altered') AND live
UNION ALL
SELECT
    coalesce(states.account, ''),
    coalesce(states.region, ''),
    state,
    CASE WHEN count(*) = 1 THEN min(uri) ELSE '' END,
    min(delivered),
    max(delivered),
    count(*),
    bool_or(islands.account IS NOT NULL)
FROM states
LEFT JOIN (SELECT DISTINCT account, region FROM islands) AS islands
    ON islands.account = states.account AND islands.region = states.region
WHERE state IN ('undigested', 'uncovered') AND live
GROUP BY ALL
ORDER BY account, region, state, since, uri
LIMIT $limit
