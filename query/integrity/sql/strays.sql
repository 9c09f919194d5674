-- The log files that no digest lists where one should have, those that have only the name
-- of a listed one, those that others have taken the place of and whose events are here,
-- those whose rows are not what they say, and, counted, those of times and places without digests, and events of no file.
SELECT
    coalesce(account, '') AS account,
    coalesce(region, '') AS region,
    state,
    uri,
    delivered AS since,
    delivered AS until,
    1 AS files,
    true AS digested
FROM shares
WHERE state IN ('unlisted', 'altered', 'unrebuilt') AND live
    OR state IN ('superseded', 'unrebuilt') AND events > 0
UNION ALL
SELECT '', '', 'orphaned', '', NULL, NULL, events, true
FROM orphans
WHERE events > 0
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
