-- The first time that any run has asked for, by the names of log files; NULL for no limit.
SELECT CASE WHEN bool_and(deliveredSince IS NOT NULL) THEN min(deliveredSince) END AS since
FROM runs
