-- The log files that some events were first read from.
SELECT
    file,
    uri
FROM files
WHERE file BETWEEN $first AND $last
    AND file IN (SELECT unnest($files::INTEGER[]));
