-- title:  How far each credential reached, and what to revoke
-- group:  Attention
-- why:    each key or session with where it was used, what it made, changed, deleted and read,
--         and what it was refused; the rows are in the order in which to revoke: keys that last
--         first, then who signs in, then sessions by their first use, since what is before could
--         issue what comes behind. Resources count once for each name, the rest by calls; what
--         failed is in refused and errors alone. With descendants, whoever was asked for comes
--         first, each in one row with all that was issued from it, and how many these are
-- limits: reads of objects are in the log only as far as the trail was told to log data events;
--         services that act by themselves have no credential and no row
-- aside:  firstEventTime, lastEventTime, regions, services, errors, descendants
-- column: credential, actor, revoke, events, accounts, regions, services, identities, policies,
--         written, deleted, secrets, objects, bytesOut, shared, refused, errors, firstEventTime,
--         lastEventTime, descendants
WITH matching AS (
    SELECT
        eventTime,
        eventName,
        actor,
        CASE -- console sessions change their keys, and so do services that act for somebody
            WHEN userIdentity.invokedBy IS NOT NULL AND userIdentity.arn IS NOT NULL THEN userIdentity.arn || ' by ' || userIdentity.invokedBy
            WHEN userIdentity.type IN ('IAMUser', 'Root') AND userIdentity.accessKeyId LIKE 'ASIA%'
                THEN coalesce(userIdentity.arn || ' ' || userIdentity.sessionContext.attributes.creationDate, userIdentity.accessKeyId)
            ELSE coalesce(
                nullif(userIdentity.accessKeyId, ''),
                userIdentity.arn || ' ' || userIdentity.sessionContext.attributes.creationDate,
                userIdentity.arn
            )
        END AS credential,
        -- As the sessions behind it go by, see families.
        coalesce(
            nullif(userIdentity.accessKeyId, ''),
            userIdentity.arn || ' ' || userIdentity.sessionContext.attributes.creationDate,
            userIdentity.credentialId
        ) AS id,
        CASE
            WHEN userIdentity.invokedBy IS NOT NULL THEN '4 nothing: a service acted for it'
            WHEN userIdentity.accessKeyId LIKE 'AKIA%' THEN CASE userIdentity.type
                WHEN 'Root' THEN '1 delete the access key of root'
                ELSE '1 UpdateAccessKey to Inactive, and DeleteAccessKey'
            END
            WHEN userIdentity.type = 'Root' THEN '2 change the password of root, and end its sessions'
            WHEN userIdentity.type = 'IAMUser' THEN '2 DeleteLoginProfile, and deny the user what it signed in for before'
            WHEN userIdentity.type = 'AssumedRole'
                THEN concat('3 deny the older sessions of ', coalesce(userIdentity.sessionContext.sessionIssuer.userName, 'the role'))
            WHEN userIdentity.type = 'FederatedUser'
                THEN concat('3 deny ', coalesce(userIdentity.sessionContext.sessionIssuer.userName, 'the user'), ', who issued it')
            ELSE '3 find out who issued it'
        END AS revoke,
        /* account */ recipientAccountId AS account,
        awsRegion,
        split_part(eventSource, '.', 1) AS service,
        touched[1].name AS resource,
        errored,
        /* denied */ false AS isRefused,
        NOT errored AND /* write */ true AS changed,
        NOT errored AND /* calls of secrets */ true AS isSecret,
        NOT errored AND eventName IN ('GetObject', 'SelectObjectContent', 'GetObjectTorrent') AS isObject,
        list_filter(touched, lambda t: t.type = 'AWS::S3::Object')[1].name AS object,
        /* bytes out */ NULL AS bytesOut
    FROM events
    WHERE /* filters */ true
),
-- Whoever was asked for and issued something, with the ids of its events and of all that was
-- issued from it.
nobody AS (
    SELECT NULL::VARCHAR AS root, NULL::VARCHAR AS id, NULL::BIGINT AS descendants, NULL::BOOLEAN AS own
    WHERE false
),
families AS (FROM /* families */ nobody),
acts AS (
    SELECT credential AS "row", NULL AS descendants, true AS own, *
    FROM matching
    WHERE credential IS NOT NULL
    UNION ALL
    SELECT concat(root, ' with its ', descendants, ' descendant', CASE WHEN descendants > 1 THEN 's' END), descendants, own, matching.*
    FROM matching
    JOIN families USING (id)
)
SELECT
    "row" AS credential,
    coalesce(min(actor) FILTER (WHERE own), min(actor)) AS actor,
    CASE WHEN descendants IS NULL THEN substr(min(revoke), 3) ELSE 'each of them, as below' END AS revoke,
    count(*) AS events,
    array_to_string(list_sort(list(DISTINCT account)), ' ') AS accounts,
    array_to_string(list_sort(list(DISTINCT awsRegion)), ' ') AS regions,
    array_to_string(list_sort(list(DISTINCT service)), ' ') AS services,
    count(*) FILTER (
        WHERE changed
            AND regexp_matches(
                eventName, '^(Create(User|Role|ServiceLinkedRole|Group|AccessKey|LoginProfile|SAMLProvider|OpenIDConnectProvider|InstanceProfile'
                || '|ServiceSpecificCredential|PermissionSet|TrustAnchor|AccountAssignment|AccessEntry)|Upload(SSHPublicKey|SigningCertificate))$'
            )
    ) AS identities,
    count(*) FILTER (WHERE changed AND regexp_matches(eventName, 'Policy|Boundary|^AddPermission|^CreateGrant')) AS policies,
    count(DISTINCT resource) FILTER (WHERE changed AND NOT regexp_matches(eventName, '^(Delete|Terminate|Deregister)')) AS written,
    count(DISTINCT resource) FILTER (WHERE changed AND regexp_matches(eventName, '^(Delete|Terminate|Deregister)')) AS deleted,
    count(DISTINCT resource) FILTER (WHERE isSecret) AS secrets,
    count(DISTINCT object) FILTER (WHERE isObject) AS objects,
    try_cast(sum(acts.bytesOut) AS BIGINT) AS bytesOut,
    count(*) FILTER (
        WHERE changed
            AND regexp_matches(
                eventName, '^(Modify(Image|Snapshot|DBSnapshot|DBClusterSnapshot)Attribute$|ModifyDocumentPermission$|(Create|Associate)ResourceShare$'
                || '|AuthorizeSnapshotAccess$|Add(LayerVersion)?Permission|Put(Bucket|Object)Acl$)'
            )
    ) AS shared,
    count(*) FILTER (WHERE isRefused) AS refused,
    count(*) FILTER (WHERE errored) AS errors,
    min(eventTime) AS firstEventTime,
    max(eventTime) AS lastEventTime,
    descendants
FROM acts
GROUP BY "row", descendants
ORDER BY descendants IS NULL, CASE WHEN descendants IS NULL THEN min(acts.revoke)[1] END, firstEventTime, credential;
