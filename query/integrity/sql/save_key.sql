INSERT INTO public_keys
SELECT $fingerprint, $region, $since, $until, $value, $source, $added
WHERE NOT EXISTS (
    SELECT 1
    FROM public_keys
    WHERE fingerprint = $fingerprint AND region IS NOT DISTINCT FROM $region
)
