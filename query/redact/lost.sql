-- What a store has beside its events, and a copy of the events has not.
SELECT
    (SELECT count(*) FROM repeats) AS repeats,
    (SELECT count(*) FROM digests) AS digests,
    (SELECT count(*) FROM files WHERE status IN ('partial', 'corrupt', 'failed') AND superseded IS NULL) AS damaged;
