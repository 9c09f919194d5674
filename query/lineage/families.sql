-- Whoever was asked for and issued something: by what events of it and of its descendants go.
(
    SELECT DISTINCT root, id, size::BIGINT AS descendants, "owner" = root AS own
    FROM (
        SELECT
            unnest($familyRoots::VARCHAR[]) AS root,
            unnest($familyIDs::VARCHAR[]) AS id,
            unnest($familyOwners::VARCHAR[]) AS "owner",
            unnest($familySizes::VARCHAR[]) AS size
    )
)
