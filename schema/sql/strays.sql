-- The rows that are of no log file that was read, by table.
WITH read AS (
    SELECT file
    FROM files
    WHERE status NOT IN ('failed', 'archived')
),
counts AS (
    SELECT 'events' AS "table", count(*) AS rows FROM events ANTI JOIN read USING (file)
    UNION ALL
    SELECT 'repeats', count(*) FROM repeats ANTI JOIN read USING (file)
    UNION ALL
    SELECT 'originals', count(*) FROM originals ANTI JOIN read USING (file)
    UNION ALL
    SELECT 'credential_uses', count(*) FROM credential_uses ANTI JOIN read USING (file)
    UNION ALL
    SELECT 'credential_events', count(*) FROM credential_events ANTI JOIN read USING (file)
    UNION ALL
    SELECT 'digests', count(*) FROM digests ANTI JOIN read USING (file)
    UNION ALL
    SELECT 'digest_log_files', count(*) FROM digest_log_files ANTI JOIN digests USING (file)
)
SELECT *
FROM counts
WHERE rows > 0
ORDER BY ALL
