-- How many log files and events of the store are in which state, and which files.
SELECT
    state,
    count(*) FILTER (WHERE live) AS files,
    sum(new)::BIGINT AS events,
    list(file) AS numbers
FROM states
GROUP BY state
ORDER BY state
