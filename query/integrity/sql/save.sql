INSERT INTO proofs
SELECT unnest($files::INTEGER[]), $state, $verification
