-- title:  In which Regions
-- why:    where calls went: a Region that nobody is known to use stands out
-- group:  Questions
-- chart:  bars
-- column: awsRegion, accounts, events, writes, errors, actors, lastEventTime
SELECT
    coalesce(awsRegion, '(none)') AS awsRegion,
    count(DISTINCT /* account */ recipientAccountId) AS accounts,
    count(*) AS events,
    count(*) FILTER (WHERE readOnly = false) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(DISTINCT actor) AS actors,
    max(eventTime) AS lastEventTime
FROM events
WHERE /* filters */ true
GROUP BY 1
ORDER BY events DESC, 1;
