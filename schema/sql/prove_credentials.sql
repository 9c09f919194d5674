-- Where the tables of credentials do not say what the stored events do: a row for each
-- credential, address and event. Of a load that came in parts there are several rows for a
-- credential, so that the sums of them are compared.
WITH uses_said AS (FROM /* uses */ said),
uses AS (
    SELECT true AS claimed, * FROM credential_uses
    UNION ALL BY NAME
    SELECT false AS claimed, * FROM uses_said
),
sums AS (
    SELECT
        claimed,
        accessKeyId,
        arn,
        created,
        invokedBy,
        sourceIPAddress,
        max("type") AS "type",
        max(principalId) AS principalId,
        max(accountId) AS accountId,
        max(credentialId) AS credentialId,
        max(signInSessionArn) AS signInSessionArn,
        max(sourceIdentity) AS sourceIdentity,
        max(onBehalfOf) AS onBehalfOf,
        max(issuedTo) AS issuedTo,
        bool_or(console) AS console,
        bool_or(mfa) AS mfa,
        min(firstUse) AS firstUse,
        max(lastUse) AS lastUse,
        sum(events) AS events,
        sum(writes) AS writes,
        sum(errors) AS errors
    FROM uses
    GROUP BY ALL
),
different_uses AS (
    SELECT DISTINCT coalesce(nullif(accessKeyId, ''), arn, credentialId, signInSessionArn) AS name, sourceIPAddress
    FROM (
        SELECT * EXCLUDE (claimed)
        FROM sums
        GROUP BY ALL
        HAVING count(*) <> 2
    )
),
issues_said AS (FROM /* issues */ said),
issues AS (
    SELECT true AS claimed, * FROM credential_events
    UNION ALL BY NAME
    SELECT false AS claimed, * FROM issues_said
),
different_issues AS (
    SELECT DISTINCT file, position, coalesce(accessKeyId, arn, name, eventName) AS name
    FROM (
        SELECT * EXCLUDE (claimed)
        FROM issues
        GROUP BY ALL
        HAVING count(*) FILTER (WHERE claimed) <> count(*) FILTER (WHERE NOT claimed)
    )
)
SELECT 'credential_uses' AS "table", NULL AS uri, NULL AS position, name, sourceIPAddress AS address FROM different_uses
UNION ALL
SELECT 'credential_events', uri, position, different_issues.name, NULL
FROM different_issues
LEFT JOIN files USING (file)
ORDER BY ALL
