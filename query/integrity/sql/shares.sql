-- How many log files and events of the store are in which state.
SELECT state, count(*) FILTER (WHERE live) AS files, sum(new)::BIGINT AS events
FROM states
GROUP BY state
ORDER BY state
