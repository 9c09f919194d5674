-- What has been told from a time on, and of each alarm the state that was told last
-- before it.
SELECT series, state, happened
FROM told
WHERE happened >= $from
UNION ALL
SELECT series, arg_max(state, happened), max(happened)
FROM told
WHERE happened < $from AND state <> ''
GROUP BY series
ORDER BY happened
