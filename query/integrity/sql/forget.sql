-- Of each log file only the latest finding counts.
DELETE FROM proofs
WHERE verification < $verification
    AND file IN (SELECT file FROM proofs WHERE verification = $verification)
