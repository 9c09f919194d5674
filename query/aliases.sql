-- What else those resources are called that are aliases of KMS or have one: the ARN of the
-- key that an alias stands for, or of an alias of a key.
SELECT called, other
FROM (
    SELECT name, resource_key(NULL, name, NULL, NULL) AS "key", other
    FROM (
        SELECT unnest([alias, "key"]) AS name, unnest(["key", alias]) AS other
        FROM (
            SELECT
                concat_ws(':', 'arn:aws:kms', region, account, alias) AS alias,
                concat_ws(':', 'arn:aws:kms', region, account, 'key/' || "key") AS "key"
            FROM key_aliases
        )
    )
)
JOIN (
    SELECT called, resource_key(NULL, called, NULL, NULL) AS wanted
    FROM (SELECT unnest($called::VARCHAR[]) AS called)
)
    ON /* is called */ true OR /* is wanted */ true
ORDER BY 1, 2
