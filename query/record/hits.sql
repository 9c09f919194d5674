-- The events that each of some predicates is true of, in one pass over them and in no order:
-- a predicate goes by its index, an eventID by its first half.
FROM (
    SELECT
        unnest(list_filter([/* found */ NULL], lambda p: p IS NOT NULL)) AS predicate,
        epoch_us(eventTime) AS time,
        coalesce(('0x' || replace(left(eventID::VARCHAR, 18), '-', ''))::UBIGINT, 0) AS id,
        file,
        position,
        eventID,
        recipientAccountId
    FROM /* events */ events
    WHERE /* where */ true
)
SELECT
    predicate,
    time,
    id,
    file,
    position
WHERE /* once */ true;
