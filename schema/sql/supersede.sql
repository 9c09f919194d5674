-- The rows of objects that were read again take the place of the ones before. What was
-- read in part, by the limits of its run, takes no place of the same content: each of
-- the two rows may have what the other left out. A version that another one replaced takes
-- no place, whenever it was read.
UPDATE files SET superseded = newer.file
FROM (
    SELECT uri, sha256, filtered, file
    FROM files
    WHERE uri IN (SELECT uri FROM files WHERE file >= $first)
        AND status NOT IN ('failed', 'archived')
        AND etag IS NOT NULL
        AND replaced IS NULL
    QUALIFY row_number() OVER (PARTITION BY uri ORDER BY file DESC) = 1
) AS newer
WHERE files.uri = newer.uri
    AND (files.file < newer.file OR files.replaced IS NOT NULL)
    AND files.superseded IS NULL
    AND (newer.filtered = 0 OR files.sha256 IS DISTINCT FROM newer.sha256)
