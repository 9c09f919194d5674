-- What verify has found of the store's files, and which verification was the last one.
SELECT
    v.verification,
    v.started,
    v.version,
    coalesce(v.scope, '') AS scope,
    json_array_length(v.summary, '$.findings') AS findings,
    (SELECT coalesce(list(struct_pack(state := state, files := files) ORDER BY state), [])
     FROM (SELECT state, count(*) AS files FROM proofs GROUP BY state)) AS states
FROM verifications AS v
ORDER BY v.verification DESC
LIMIT 1;
