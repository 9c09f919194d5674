-- Behind INSERT INTO proofs and states.sql.
SELECT file, state, $verification::INTEGER AS verification
FROM states
