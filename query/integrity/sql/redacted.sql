-- Whether a run has loaded records in which names have pseudonyms.
SELECT count(*) > 0
FROM runs
WHERE summary ->> '$.redacted' = 'true';
