-- The names that events have of one kind, and of how many: the most frequent first.
SELECT name, count(*) AS events
FROM (/* names */ NULL)
WHERE name <> ''
GROUP BY name
ORDER BY events DESC, name
LIMIT $most
