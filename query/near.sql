-- What there is instead of a value that no event has: the names that a filter finds, each
-- with how many events have it, the nearest to $text first. A name that has the text in it
-- is nearer than any other, and the shortest of them the nearest.
WITH names AS (
    SELECT name, count(*) AS events
    FROM (
        SELECT unnest(list_distinct(/* names */ NULL)) AS name
        FROM events
    )
    WHERE name IS NOT NULL
    GROUP BY name
),
near AS (
    SELECT
        name,
        events,
        CASE
            WHEN lower(name) = lower($text) THEN 0
            WHEN length($text) > 2 AND contains(lower(name), lower($text)) THEN 1
            ELSE 1 + damerau_levenshtein(lower(name), lower($text))
        END AS distance
    FROM names
)
SELECT name, events
FROM near
WHERE distance <= 1 + greatest(1, length($text) // 3)
ORDER BY distance, length(name), events DESC, name
LIMIT 1
