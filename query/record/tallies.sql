-- Counts the events that each of some predicates is true of, in one pass over them: a
-- predicate goes by its index.
SELECT
    predicate,
    /* group */ NULL AS "group",
    count(*) AS count,
    min(eventTime) AS first,
    max(eventTime) AS last,
    /* days */ NULL AS days,
    /* actors */ NULL AS actors,
    /* kept */ NULL AS events
FROM (
    FROM (
        SELECT
            unnest(list_filter([/* found */ NULL], lambda p: p IS NOT NULL)) AS predicate,
            eventTime,
            eventID,
            recipientAccountId,
            file,
            /* by */ position
        FROM /* events */ events
        WHERE /* where */ true
    )
    WHERE /* once */ true
)
GROUP BY /* groups */ predicate;
