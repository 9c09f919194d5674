-- Behind INSERT INTO proofs and states.sql: log files, and the digests that were judged.
SELECT file, state, $verification::INTEGER AS verification
FROM states
UNION ALL
SELECT file, CASE WHEN proven THEN 'proven' ELSE 'unproven' END, $verification::INTEGER
FROM current_digests
WHERE ($since IS NULL OR digestEndTime > $since)
    AND ($until IS NULL OR digestStartTime < $until)
