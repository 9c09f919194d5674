-- Days of an account without an event in any Region, and those of Regions in scope, of which no
-- signed digest says that nothing was delivered: each run of them, with its first and last day.
WITH days AS (
    /* days */ ''
)
SELECT
    account,
    region,
    min(day) AS firstDay,
    max(day) AS lastDay,
    count(*) AS days
FROM (
    SELECT *, day - (row_number() OVER (PARTITION BY account, region ORDER BY day))::INTEGER AS island
    FROM days
    WHERE state = 'hole'
)
GROUP BY account, region, island
ORDER BY account, region = '(all)' DESC, region, firstDay
