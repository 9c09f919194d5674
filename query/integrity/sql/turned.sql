-- How many of the files earlier verifications found to be in another state, by that.
SELECT state AS was, $state AS is, count(*) AS files
FROM proofs
WHERE verification < $verification
    AND state <> $state
    AND file IN (SELECT unnest($files::INTEGER[]))
GROUP BY state
