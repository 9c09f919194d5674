-- How many log files and events of the store are in which state, and which files; a state
-- may have several rows.
SELECT
    state,
    count(*) FILTER (WHERE live) AS files,
    sum(events)::BIGINT AS events,
    list(file) AS numbers
FROM shares
GROUP BY state
UNION ALL
SELECT state, 0, sum(events)::BIGINT, []
FROM elsewhere
GROUP BY state
UNION ALL
SELECT 'orphaned', 0, events, []
FROM orphans
WHERE events > 0
