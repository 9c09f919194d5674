-- Of how many accounts and Regions the report of what is covered says that some of the
-- period is absent, and how many it tells of: one row.
SELECT count(*) FILTER (absent) AS absent, count(*) AS places
FROM (
    SELECT bool_or(state = 'absent') AS absent
    FROM (/* coverage */ '')
    GROUP BY account, region
)
