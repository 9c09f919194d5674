-- The twelve months before the end of the period, and the last three of them, by account and
-- Region: all that the store has is at hand.
WITH days AS (
    /* days */ ''
),
split AS (
    SELECT *, day >= ($until::TIMESTAMP - INTERVAL 3 MONTH)::DATE AS late
    FROM days
)
SELECT
    account,
    region,
    min(day) AS twelveMonthsFrom,
    count(*) AS daysOf12Months,
    count(*) FILTER (WHERE state = 'events') AS withEvents,
    count(*) FILTER (WHERE state = 'silent, proven') AS provenSilent,
    count(*) FILTER (WHERE state = 'silent') AS silent,
    count(*) FILTER (WHERE state = 'hole') AS holes,
    min(day) FILTER (WHERE late) AS threeMonthsFrom,
    count(*) FILTER (WHERE late) AS daysOf3Months,
    count(*) FILTER (WHERE late AND state = 'events') AS withEventsOf3,
    count(*) FILTER (WHERE late AND state = 'hole') AS holesOf3,
    min(day) FILTER (WHERE events > 0) AS firstDay,
    max(day) FILTER (WHERE events > 0) AS lastDay
FROM split
GROUP BY account, region
ORDER BY account, region = '(all)' DESC, region
