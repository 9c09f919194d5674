-- How many log files and events of the store are in which state, and which files.
SELECT
    state,
    count(*) FILTER (WHERE live) AS files,
    sum(events)::BIGINT AS events,
    sum(provenAgain)::BIGINT AS provenAgain,
    list(file) AS numbers
FROM shares
GROUP BY state
UNION ALL
SELECT 'orphaned', 0, events, 0, []
FROM orphans
WHERE events > 0
ORDER BY state
