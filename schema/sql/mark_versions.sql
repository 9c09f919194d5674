-- What a listing of versions tells of log files that are here already.
UPDATE files SET
    versionId = marks.id,
    replaced = marks.replaced,
    deleted = marks.deleted
FROM (
    SELECT
        unnest($files::INTEGER[]) AS file,
        unnest($ids::VARCHAR[]) AS id,
        nullif(unnest($replaced::VARCHAR[]), '')::TIMESTAMP AS replaced,
        nullif(unnest($deleted::VARCHAR[]), '')::TIMESTAMP AS deleted
) AS marks
WHERE files.file = marks.file
