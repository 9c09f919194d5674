-- A key that is there already stays as it is; one with other times or of another list is
-- another row, and both are looked at.
INSERT INTO public_keys
SELECT $fingerprint, $region, $since, $until, $value, $source, $added
WHERE NOT EXISTS (
    SELECT 1
    FROM public_keys
    WHERE fingerprint = $fingerprint
        AND region IS NOT DISTINCT FROM $region
        AND value = $value
        AND validityStartTime = $since
        AND validityEndTime = $until
)
