-- Views and macros. They are code and hold nothing: each writing open of a store makes them
-- anew, so that every store has those of the program that wrote into it last. Tables are in
-- migrations/*.sql.

-- The outlines of shapes, as conditions on records read them.
CREATE OR REPLACE VIEW outlines AS SELECT shape, outline FROM shapes;

-- The times of each account and Region that digests cover without a break, those of
-- several trails taken together; with proven_only by digests that verify found to be
-- CloudTrail's own.
CREATE OR REPLACE MACRO digested_times(proven_only) AS TABLE
SELECT account, region, min(digestStartTime) AS since, max(digestEndTime) AS until
FROM (
    SELECT *, count(*) FILTER (WHERE apart) OVER (PARTITION BY account, region ORDER BY digestStartTime, digestEndTime, file) AS island
    FROM (
        SELECT
            *,
            coalesce(digestStartTime > max(digestEndTime) OVER (
                PARTITION BY account, region
                ORDER BY digestStartTime, digestEndTime, file
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), true) AS apart
        FROM digests
        WHERE NOT backfill
            AND (NOT proven_only OR file IN (SELECT file FROM proofs WHERE state = 'proven'))
    )
)
GROUP BY account, region, island;

-- Resources. A record calls one by its name, its id or its ARN, and often by two of them:
-- by type, id, account and Region together it is one. An ARN has its account and Region
-- itself; a name is one of the account and the Region of the call, unless it is global.
-- What has no rule here goes by its ARN, and so does what is hardly one.
CREATE OR REPLACE MACRO resource_id(name) AS CASE
    WHEN starts_with(name, 'https://sqs.') THEN split_part(name, '/', -1)
    WHEN NOT starts_with(name, 'arn:') THEN CASE
        WHEN contains(name, ':function:') THEN split_part(name, ':', 3) -- Lambda takes an ARN's end, too
        ELSE name
    END
    ELSE CASE split_part(name, ':', 3)
        WHEN 's3' THEN CASE WHEN contains(name, ':::') THEN substr(name, instr(name, ':::') + 3) ELSE name END
        WHEN 'iam' THEN CASE WHEN contains(name, '/') THEN split_part(name, '/', -1) ELSE name END
        WHEN 'kms' THEN CASE WHEN contains(name, ':key/') THEN split_part(name, ':key/', 2) ELSE split_part(name, ':', 6) END
        WHEN 'ec2' THEN split_part(name, '/', -1)
        WHEN 'lambda' THEN coalesce(nullif(split_part(name, ':', 7), ''), name)
        WHEN 'logs' THEN coalesce(nullif(split_part(name, ':', 7), ''), name)
        WHEN 'rds' THEN coalesce(nullif(split_part(name, ':', 7), ''), name)
        WHEN 'redshift' THEN coalesce(nullif(split_part(name, ':', 7), ''), name)
        WHEN 'backup' THEN CASE WHEN contains(name, ':backup-vault:') THEN split_part(name, ':', 7) ELSE name END
        WHEN 'dynamodb' THEN coalesce(nullif(split_part(name, '/', 2), ''), name)
        WHEN 'cloudtrail' THEN split_part(name, '/', -1)
        WHEN 'elasticfilesystem' THEN split_part(name, '/', -1)
        WHEN 'events' THEN split_part(name, '/', -1)
        WHEN 'rolesanywhere' THEN split_part(name, '/', -1)
        WHEN 'ecr' THEN CASE WHEN contains(name, ':repository/') THEN split_part(name, ':repository/', 2) ELSE name END
        WHEN 'sqs' THEN split_part(name, ':', 6)
        -- Six random characters stand behind a secret's name.
        WHEN 'secretsmanager' THEN system.main.regexp_replace(split_part(name, ':', 7), '-[A-Za-z0-9]{6}$', '')
        -- A parameter's name begins with a slash if it has more of them.
        WHEN 'ssm' THEN CASE
            WHEN NOT contains(name, ':parameter/') THEN name
            WHEN contains(split_part(name, ':parameter/', 2), '/') THEN '/' || split_part(name, ':parameter/', 2)
            ELSE split_part(name, ':parameter/', 2)
        END
        ELSE name
    END
END;
-- A record may call a key's alias a key, and not say of what type an id of EC2 is.
CREATE OR REPLACE MACRO resource_type("type", name) AS CASE
    WHEN "type" = 'AWS::KMS::Key' AND contains(name, 'alias/') THEN 'AWS::KMS::Alias'
    WHEN "type" IS NOT NULL THEN "type"
    WHEN regexp_full_match(name, '[a-z]+-[0-9a-f]{8,17}') THEN MAP {
        'acl': 'AWS::EC2::NetworkAcl',
        'ami': 'AWS::EC2::Image',
        'eipalloc': 'AWS::EC2::EIP',
        'eni': 'AWS::EC2::NetworkInterface',
        'fl': 'AWS::EC2::FlowLog',
        'i': 'AWS::EC2::Instance',
        'igw': 'AWS::EC2::InternetGateway',
        'key': 'AWS::EC2::KeyPair',
        'lt': 'AWS::EC2::LaunchTemplate',
        'nat': 'AWS::EC2::NatGateway',
        'rtb': 'AWS::EC2::RouteTable',
        'sg': 'AWS::EC2::SecurityGroup',
        'snap': 'AWS::EC2::Snapshot',
        'subnet': 'AWS::EC2::Subnet',
        'tgw': 'AWS::EC2::TransitGateway',
        'vol': 'AWS::EC2::Volume',
        'vpc': 'AWS::EC2::VPC',
        'vpce': 'AWS::EC2::VPCEndpoint'
    }[split_part(name, '-', 1)]
    WHEN NOT starts_with(name, 'arn:') THEN NULL
    WHEN split_part(name, ':', 3) = 's3' AND contains(name, ':::')
        THEN CASE WHEN contains(name, '/') THEN 'AWS::S3::Object' ELSE 'AWS::S3::Bucket' END
    WHEN split_part(name, ':', 3) = 'sqs' THEN 'AWS::SQS::Queue'
    ELSE MAP {
        'backup backup-vault': 'AWS::Backup::BackupVault',
        'cloudtrail channel': 'AWS::CloudTrail::Channel',
        'cloudtrail eventdatastore': 'AWS::CloudTrail::EventDataStore',
        'cloudtrail trail': 'AWS::CloudTrail::Trail',
        'dynamodb table': 'AWS::DynamoDB::Table',
        'ec2 image': 'AWS::EC2::Image',
        'ec2 instance': 'AWS::EC2::Instance',
        'ec2 key-pair': 'AWS::EC2::KeyPair',
        'ec2 network-interface': 'AWS::EC2::NetworkInterface',
        'ec2 security-group': 'AWS::EC2::SecurityGroup',
        'ec2 snapshot': 'AWS::EC2::Snapshot',
        'ec2 subnet': 'AWS::EC2::Subnet',
        'ec2 volume': 'AWS::EC2::Volume',
        'ec2 vpc': 'AWS::EC2::VPC',
        'ecr repository': 'AWS::ECR::Repository',
        'elasticfilesystem access-point': 'AWS::EFS::AccessPoint',
        'elasticfilesystem file-system': 'AWS::EFS::FileSystem',
        'events event-bus': 'AWS::Events::EventBus',
        'events rule': 'AWS::Events::Rule',
        'iam group': 'AWS::IAM::Group',
        'iam instance-profile': 'AWS::IAM::InstanceProfile',
        'iam mfa': 'AWS::IAM::VirtualMFADevice',
        'iam oidc-provider': 'AWS::IAM::OIDCProvider',
        'iam policy': 'AWS::IAM::Policy',
        'iam role': 'AWS::IAM::Role',
        'iam saml-provider': 'AWS::IAM::SAMLProvider',
        'iam server-certificate': 'AWS::IAM::ServerCertificate',
        'iam user': 'AWS::IAM::User',
        'kms alias': 'AWS::KMS::Alias',
        'kms key': 'AWS::KMS::Key',
        'lambda function': 'AWS::Lambda::Function',
        'lambda layer': 'AWS::Lambda::LayerVersion',
        'logs log-group': 'AWS::Logs::LogGroup',
        'rds cluster': 'AWS::RDS::DBCluster',
        'rds cluster-snapshot': 'AWS::RDS::DBClusterSnapshot',
        'rds db': 'AWS::RDS::DBInstance',
        'rds pg': 'AWS::RDS::DBParameterGroup',
        'rds secgrp': 'AWS::RDS::DBSecurityGroup',
        'rds snapshot': 'AWS::RDS::DBSnapshot',
        'rds subgrp': 'AWS::RDS::DBSubnetGroup',
        'redshift cluster': 'AWS::Redshift::Cluster',
        'rolesanywhere trust-anchor': 'AWS::RolesAnywhere::TrustAnchor',
        'secretsmanager secret': 'AWS::SecretsManager::Secret',
        'ssm parameter': 'AWS::SSM::Parameter'
    }[split_part(name, ':', 3) || ' ' || split_part(split_part(name, ':', 6), '/', 1)]
END;
CREATE OR REPLACE MACRO resource_account("type", name, account) AS CASE
    WHEN starts_with(name, 'arn:') THEN nullif(split_part(name, ':', 5), '')
    WHEN starts_with(name, 'https://sqs.') THEN split_part(name, '/', 4)
    WHEN starts_with("type", 'AWS::S3::') THEN NULL
    ELSE account
END;
CREATE OR REPLACE MACRO resource_region("type", name, region) AS CASE
    WHEN starts_with(name, 'arn:') THEN nullif(split_part(name, ':', 4), '')
    WHEN starts_with(name, 'https://sqs.') THEN split_part(name, '.', 2)
    WHEN starts_with("type", 'AWS::S3::') OR starts_with("type", 'AWS::IAM::') THEN NULL
    ELSE region
END;
CREATE OR REPLACE MACRO resource_key("type", name, account, region) AS struct_pack(
    "type" := resource_type("type", name),
    id := resource_id(name),
    account := resource_account("type", name, account),
    region := resource_region("type", name, region)
);

-- What a name ends in, behind its last colon or slash.
CREATE OR REPLACE MACRO name_end(name) AS split_part(split_part(name, ':', -1), '/', -1);

-- Which key an alias of KMS stands for, where records that name both show it, and name one
-- key alone: an alias may get another.
CREATE OR REPLACE VIEW key_aliases AS
SELECT
    alias.account,
    alias.region,
    alias.id AS alias,
    min("key".id) AS "key"
FROM (
    SELECT
        list_filter(keys, lambda k: k."type" = 'AWS::KMS::Alias')[1] AS alias,
        unnest(list_filter(keys, lambda k: k."type" = 'AWS::KMS::Key')) AS "key"
    FROM (
        SELECT list("key") AS keys
        FROM (
            SELECT event, resource_key(t."type", t.name, account, awsRegion) AS "key"
            FROM (
                SELECT
                    rowid AS event,
                    coalesce(recipientAccountId, userIdentity.accountId) AS account,
                    awsRegion,
                    unnest(touched) AS t
                FROM events
                WHERE eventSource = 'kms.amazonaws.com'
                    AND NOT errored
                    AND contains(touched::VARCHAR, 'alias/')
            )
        )
        GROUP BY event
    )
)
WHERE alias IS NOT NULL
GROUP BY ALL
HAVING count(DISTINCT "key".id) = 1;

-- Sessions. A session is one access key where the log shows how that was issued, or where
-- nothing else tells; else what was created in one second for one ARN: the console, for one,
-- takes a new key every few minutes. See query/lineage.

-- The event that tells best by whom each access key was issued: a call of another account is
-- seen twice, and only the caller's account sees who they are. The answer may be in either.
CREATE OR REPLACE VIEW issued_keys AS
WITH issues AS (
    SELECT
        *,
        CASE
            WHEN issuerType = 'AWSAccount' THEN 3
            WHEN issuerType = 'AWSService' THEN 2
            WHEN coalesce(issuerKey, issuerCredential) IS NULL AND issuerCreated IS NULL THEN 1
            ELSE 0
        END AS distance
    FROM credential_events
    WHERE eventName NOT IN ('ConsoleLogin', 'SwitchRole', 'GetSigninToken', 'UpdateAccessKey', 'DeleteAccessKey', 'RunInstances', 'GetRoleCredentials', 'Federate')
),
told AS (
    SELECT accessKeyId AS issued, * FROM issues WHERE accessKeyId IS NOT NULL
    UNION ALL
    SELECT answered.accessKeyId, issues.*
    FROM issues
    JOIN issues AS answered USING (sharedEventID)
    WHERE issues.accessKeyId IS NULL
        AND answered.accessKeyId IS NOT NULL
)
SELECT
    issued AS accessKeyId,
    eventName,
    eventTime,
    eventID,
    account,
    sourceIPAddress,
    userAgent,
    file,
    position,
    issuerType,
    issuerPrincipal,
    issuerArn,
    issuerAccount,
    issuerKey,
    issuerCreated,
    issuerSignIn,
    issuerCredential,
    issuerName,
    coalesce(arn, max(arn) OVER same) AS arn,
    coalesce(principalId, max(principalId) OVER same) AS principalId,
    coalesce(name, max(name) OVER same) AS name,
    coalesce(sourceIdentity, max(sourceIdentity) OVER same) AS sourceIdentity,
    coalesce(expires, max(expires) OVER same) AS expires,
    count(*) OVER same > 1 AS shared
FROM told
WINDOW same AS (PARTITION BY issued)
QUALIFY row_number() OVER (PARTITION BY issued ORDER BY distance, eventTime, eventID, file, position) = 1;

-- What each session did: credential_uses with the session.
CREATE OR REPLACE VIEW session_uses AS
WITH issued AS (SELECT accessKeyId, arn, date_trunc('second', eventTime) AS created FROM issued_keys),
-- Where one key was issued in that second, the session is the key's.
alone AS (
    SELECT arn, created, min(accessKeyId) AS accessKeyId
    FROM issued
    WHERE arn IS NOT NULL
    GROUP BY ALL
    HAVING count(*) = 1
),
signed_in AS (
    SELECT arn, created, min(signInSessionArn) AS signInSessionArn
    FROM credential_uses
    WHERE signInSessionArn <> ''
    GROUP BY ALL
    HAVING count(DISTINCT signInSessionArn) = 1
),
-- A service that a user's long-term key has called gets a session for each call.
direct AS (
    SELECT DISTINCT arn, created
    FROM credential_uses
    WHERE "type" IN ('IAMUser', 'Root')
        AND created IS NOT NULL
        AND (console OR coalesce(invokedBy, '') = '')
)
SELECT
    CASE
        WHEN issued.accessKeyId IS NOT NULL THEN used.accessKeyId
        WHEN used.signInSessionArn <> '' THEN used.signInSessionArn
        WHEN alone.accessKeyId IS NOT NULL THEN alone.accessKeyId
        WHEN signed_in.signInSessionArn IS NOT NULL THEN signed_in.signInSessionArn
        WHEN used.created IS NOT NULL AND used.arn <> '' THEN CASE
            WHEN used."type" IN ('IAMUser', 'Root') AND direct.arn IS NULL THEN used.arn || ' by ' || used.invokedBy
            ELSE used.arn || ' ' || strftime(used.created, '%Y-%m-%dT%H:%M:%SZ')
        END
        WHEN used.accessKeyId <> '' THEN used.accessKeyId
        ELSE used.credentialId
    END AS session,
    used.*
FROM credential_uses AS used
LEFT JOIN issued ON issued.accessKeyId = used.accessKeyId
LEFT JOIN alone ON alone.arn = used.arn AND alone.created = used.created
LEFT JOIN signed_in ON signed_in.arn = used.arn AND signed_in.created = used.created
LEFT JOIN direct ON direct.arn = used.arn AND direct.created = used.created;

-- Each credential and session, used or only issued.
CREATE OR REPLACE VIEW sessions AS
WITH used AS (
    SELECT
        session,
        min("type") AS "type",
        min(nullif(invokedBy, '')) AS invokedBy,
        list_sort(list_distinct(list(accessKeyId) FILTER (WHERE accessKeyId <> ''))) AS accessKeyIds,
        min(nullif(principalId, '')) AS principalId,
        min(nullif(arn, '')) AS arn,
        min(nullif(accountId, '')) AS account,
        min(nullif(sourceIdentity, '')) AS sourceIdentity,
        min(nullif(onBehalfOf, '')) AS onBehalfOf,
        min(nullif(issuedTo, '')) AS issuedTo,
        min(nullif(credentialId, '')) AS credentialId,
        min(created) AS created,
        bool_or(console) AS console,
        bool_or(mfa) AS mfa,
        min(firstUse) AS firstUse,
        max(lastUse) AS lastUse,
        sum(events)::BIGINT AS events,
        sum(writes)::BIGINT AS writes,
        sum(errors)::BIGINT AS errors,
        list_sort(list_distinct(list(sourceIPAddress) FILTER (WHERE sourceIPAddress <> ''))) AS addresses
    FROM session_uses
    GROUP BY session
),
states AS (
    SELECT
        accessKeyId,
        -- Within a second, a key is made first and deleted last.
        arg_max(status, row(eventTime, status = 'Deleted', eventName <> 'CreateAccessKey', eventID)) AS state,
        max(eventTime) AS stateSince
    FROM credential_events
    WHERE status IS NOT NULL
    GROUP BY 1
)
SELECT
    session,
    CASE
        WHEN issuedBy = 'CreateAccessKey' OR created IS NULL AND accessKeyId LIKE 'AKIA%'
            THEN CASE "type" WHEN 'Root' THEN 'root key' ELSE 'long-term key' END
        WHEN regexp_matches(principalId, ':m?i-([0-9a-f]{8}|[0-9a-f]{17})$') THEN 'instance'
        WHEN contains(arn, ':assumed-role/AWSServiceRoleFor') THEN 'service'
        WHEN issuedTo IS NOT NULL OR regexp_matches(principalId, ':[0-9a-f]{32}$') THEN 'task'
        WHEN issuedBy = 'AssumeRoleWithSAML' OR contains(arn, ':assumed-role/AWSReservedSSO_') THEN 'SAML'
        WHEN issuedBy = 'AssumeRoleWithWebIdentity' THEN 'web identity'
        WHEN issuedBy = 'CreateSession' THEN 'Roles Anywhere'
        WHEN issuedBy = 'GetCredentialsForIdentity' THEN 'Cognito'
        WHEN issuedBy = 'AssumeRoot' OR "type" = 'Root' THEN 'root'
        WHEN issuedBy = 'GetSessionToken' THEN 'session token'
        WHEN issuedBy = 'GetFederationToken' OR "type" = 'FederatedUser' THEN 'federated'
        WHEN credentialId = session THEN 'Identity Center'
        WHEN "type" = 'IAMUser' AND session = arn || ' by ' || invokedBy THEN 'service'
        WHEN "type" = 'IAMUser' AND console THEN 'console'
        WHEN issuerType = 'AWSService' THEN 'service'
        WHEN contains(arn, ':assumed-role/') THEN 'role'
        ELSE 'user'
    END AS kind,
    accessKeyIds,
    principalId,
    arn,
    account,
    coalesce(name, system.main.regexp_extract(arn, '[^:/]*$')) AS sessionName,
    sourceIdentity,
    onBehalfOf,
    console,
    mfa,
    coalesce(created, issued) AS created,
    expires,
    state,
    CASE WHEN state IN ('Deleted', 'Inactive') THEN stateSince END AS ended,
    CASE
        WHEN state IN ('Deleted', 'Inactive') THEN false
        WHEN issuedBy = 'CreateAccessKey' OR created IS NULL AND accessKeyId LIKE 'AKIA%' THEN true
        ELSE expires > (SELECT max(lastEventTime) FROM files)
    END AS valid,
    firstUse,
    lastUse,
    events,
    writes,
    errors,
    addresses
FROM (
    SELECT
        coalesce(used.session, issued.accessKeyId) AS session,
        coalesce(issued.accessKeyId, used.accessKeyIds[1]) AS accessKeyId,
        used."type",
        coalesce(used.accessKeyIds, CASE WHEN issued.accessKeyId IS NOT NULL THEN [issued.accessKeyId] END, []) AS accessKeyIds,
        coalesce(used.principalId, issued.principalId) AS principalId,
        coalesce(used.arn, issued.arn) AS arn,
        coalesce(used.account, nullif(split_part(issued.arn, ':', 5), ''), issued.account) AS account,
        coalesce(used.sourceIdentity, issued.sourceIdentity) AS sourceIdentity,
        used.onBehalfOf,
        used.issuedTo,
        used.credentialId,
        used.invokedBy,
        coalesce(used.console, false) AS console,
        coalesce(used.mfa, false) AS mfa,
        used.created,
        issued.eventTime AS issued,
        issued.eventName AS issuedBy,
        issued.issuerType,
        issued.name,
        issued.expires,
        used.firstUse,
        used.lastUse,
        coalesce(used.events, 0) AS events,
        coalesce(used.writes, 0) AS writes,
        coalesce(used.errors, 0) AS errors,
        coalesce(used.addresses, []) AS addresses
    FROM used
    FULL JOIN issued_keys AS issued ON issued.accessKeyId = used.session
)
LEFT JOIN states USING (accessKeyId);

-- Who is behind each session: the strongest link that the log shows, one, or the candidates
-- where none of them is sure. Where there is no parent, issuer is whoever comes first.
CREATE OR REPLACE VIEW session_links AS
WITH known AS (
    SELECT session, kind, arn, principalId, account, sessionName, sourceIdentity, console, created, coalesce(created, firstUse) AS began
    FROM sessions
),
used AS (SELECT session, accessKeyId, arn, created, credentialId FROM session_uses),
of_key AS (SELECT accessKeyId, min(session) AS session FROM used WHERE accessKeyId <> '' GROUP BY 1),
of_second AS (
    SELECT arn, created, min(session) AS session
    FROM used
    WHERE created IS NOT NULL
    GROUP BY ALL
    HAVING count(DISTINCT session) = 1
),
-- All events that issue something, with the session that called.
issues AS (
    SELECT
        issued,
        shared,
        eventName,
        eventTime,
        eventID,
        account,
        sourceIPAddress,
        userAgent,
        file,
        position,
        e.arn,
        name,
        issuerType,
        issuerPrincipal,
        issuerArn,
        coalesce(issuerArn, issuerName, issuerPrincipal, issuerAccount) AS issuer,
        coalesce(of_key.session, of_second.session, issuerSignIn, issuerCredential, issuerKey) AS parent
    FROM (
        SELECT *, NULL AS issued, false AS shared FROM credential_events
        WHERE eventName IN ('ConsoleLogin', 'SwitchRole', 'RunInstances', 'GetRoleCredentials', 'Federate')
            -- Of the others only those whose key was never told, or told of a session of several.
            OR arn IN (SELECT arn FROM known ANTI JOIN issued_keys ON issued_keys.accessKeyId = known.session)
        UNION ALL BY NAME
        SELECT *, accessKeyId AS issued FROM issued_keys
    ) AS e
    LEFT JOIN of_key ON of_key.accessKeyId = e.issuerKey
    LEFT JOIN of_second ON of_second.arn = e.issuerArn AND of_second.created = e.issuerCreated
),
keyed AS (SELECT * FROM issues WHERE issued IS NOT NULL),
calls AS (SELECT * FROM issues WHERE issued IS NULL),
unissued AS (SELECT * FROM known WHERE session NOT IN (SELECT issued FROM keyed)),
of_principal AS (SELECT principalId, count(*) AS sessions FROM known WHERE principalId IS NOT NULL GROUP BY 1),
of_identity AS (SELECT sourceIdentity, count(*) AS sessions FROM known WHERE sourceIdentity IS NOT NULL GROUP BY 1),
-- The permission sets that somebody took in the access portal, and whether by far the only
-- one at that time.
portal AS (
    SELECT
        *,
        coalesce(eventTime - lag(eventTime) OVER ofSet > INTERVAL 70 SECONDS, true)
        AND coalesce(lead(eventTime) OVER ofSet - eventTime > INTERVAL 70 SECONDS, true) AS lonely
    FROM calls
    WHERE eventName IN ('GetRoleCredentials', 'Federate')
    WINDOW ofSet AS (PARTITION BY name ORDER BY eventTime, eventID)
),
links AS (
    SELECT
        issued AS session,
        eventName AS link,
        CASE WHEN shared THEN 'accessKeyId, sharedEventID' ELSE 'accessKeyId' END AS evidence,
        false AS candidate,
        1 AS weakness,
        keyed.*
    FROM keyed
    UNION ALL BY NAME
    -- The key was not told, or several were in that second.
    SELECT
        session,
        eventName AS link,
        'creationDate' AS evidence,
        count(DISTINCT parent) OVER (PARTITION BY session) > 1 AS candidate,
        2 AS weakness,
        e.*
    FROM unissued
    JOIN calls AS e ON e.arn = unissued.arn AND date_trunc('second', e.eventTime) = unissued.created
    WHERE eventName IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot', 'GetSessionToken', 'GetFederationToken', 'CreateSession', 'ConsoleLogin')
    UNION ALL BY NAME
    SELECT
        session,
        'SwitchRole' AS link,
        'SwitchFrom' AS evidence,
        abs(epoch(began - eventTime)) > 60 AS candidate,
        3 AS weakness,
        switched.*
    FROM unissued
    ASOF JOIN (
        -- From which session, by its ARN.
        SELECT e.* REPLACE (origin.session AS parent), eventTime - INTERVAL 60 SECONDS AS after
        FROM calls AS e
        ASOF LEFT JOIN (SELECT * FROM known WHERE console) AS origin ON origin.arn = e.issuerArn AND e.eventTime >= origin.began
        WHERE eventName = 'SwitchRole'
    ) AS switched ON switched.arn = unissued.arn AND unissued.began >= switched.after
    WHERE began - eventTime < INTERVAL 12 HOURS
    UNION ALL BY NAME
    SELECT
        session,
        'ConsoleLogin' AS link,
        'ARN and time' AS evidence,
        began - eventTime > INTERVAL 60 SECONDS AS candidate,
        4 AS weakness,
        signed.*
    FROM (SELECT * FROM unissued WHERE console OR kind IN ('console', 'root', 'user')) AS unissued
    ASOF JOIN (SELECT *, eventTime - INTERVAL 5 SECONDS AS after FROM calls WHERE eventName = 'ConsoleLogin') AS signed
        ON signed.arn = unissued.arn AND unissued.began >= signed.after
    WHERE began - eventTime < INTERVAL 12 HOURS
    UNION ALL BY NAME
    SELECT
        unissued.session,
        "key".session AS parent,
        'invokedBy' AS link,
        'ARN' AS evidence,
        count(*) OVER (PARTITION BY unissued.session) > 1 AS candidate,
        3 AS weakness
    FROM unissued
    JOIN known AS "key" ON "key".arn = unissued.arn AND "key".kind IN ('long-term key', 'root key')
    WHERE unissued.kind = 'service'
    UNION ALL BY NAME
    SELECT session, 'RunInstances' AS link, 'principalId' AS evidence, false AS candidate, 3 AS weakness, e.*
    FROM known
    JOIN calls AS e ON e.name = split_part(known.principalId, ':', 2) AND e.account = known.account
    WHERE eventName = 'RunInstances'
        AND kind = 'instance'
    UNION ALL BY NAME
    SELECT session, portal.eventName AS link, 'account, permission set and time' AS evidence, NOT lonely AS candidate, 2 AS weakness, portal.*
    FROM (
        SELECT session, began, account || '/' || system.main.regexp_extract(arn, ':assumed-role/AWSReservedSSO_(.*)_[0-9a-f]+/', 1) AS permission
        FROM known
        WHERE contains(arn, ':assumed-role/AWSReservedSSO_')
    ) AS known
    ASOF JOIN (SELECT *, eventTime - INTERVAL 5 SECONDS AS after FROM portal) AS portal
        ON portal.name = known.permission AND known.began >= portal.after
    WHERE began - eventTime < INTERVAL 60 SECONDS
    UNION ALL BY NAME
    SELECT DISTINCT used.session, used.credentialId AS parent, 'onBehalfOf' AS link, 'credentialId' AS evidence, false AS candidate, 2 AS weakness
    FROM used
    JOIN known AS portal ON portal.session = used.credentialId
    WHERE used.credentialId <> used.session
    UNION ALL BY NAME
    SELECT
        issued AS session,
        eventName AS link,
        'principalId' AS evidence,
        of_principal.sessions > 1 AS candidate,
        5 AS weakness,
        keyed.* REPLACE (caller.session AS parent)
    FROM keyed
    JOIN of_principal ON of_principal.principalId = keyed.issuerPrincipal
    ASOF JOIN known AS caller ON caller.principalId = keyed.issuerPrincipal AND keyed.eventTime >= caller.began
    WHERE keyed.parent IS NULL
        AND issuerType = 'AWSAccount'
    UNION ALL BY NAME
    SELECT
        known.session,
        before.session AS parent,
        'sourceIdentity' AS link,
        'sourceIdentity' AS evidence,
        of_identity.sessions > 2 AS candidate,
        6 AS weakness
    FROM known
    JOIN of_identity USING (sourceIdentity)
    ASOF JOIN known AS before ON before.sourceIdentity = known.sourceIdentity AND known.began > before.began
)
SELECT DISTINCT
    session,
    parent,
    link,
    evidence,
    candidate,
    issuerType,
    issuer,
    eventID,
    eventTime,
    account,
    sourceIPAddress,
    userAgent,
    file,
    position
FROM (SELECT * REPLACE (CASE WHEN parent <> session THEN parent END AS parent) FROM links)
QUALIFY row_number() OVER (PARTITION BY session ORDER BY candidate, parent IS NULL, weakness, eventTime, eventID, parent) = 1
    OR candidate AND rank() OVER (PARTITION BY session ORDER BY candidate, parent IS NULL, weakness) = 1;

-- Addresses, since DuckDB's own type for them is an extension, which would have to be
-- downloaded. What is no address is NULL: the name of a service, an address with a zone.
-- Its digits: a 4 and 8 hexadecimal digits, or a 6 and 32 of them, so that addresses of one
-- kind come in their order. Of IPv6, dots at the end are two groups, and :: stands for as many
-- zeros as are missing. A list of one element lets a lambda give a name to what is used
-- more than once.
CREATE OR REPLACE MACRO ip_digits(address) AS CASE
    WHEN contains(address, ':') AND regexp_full_match(
        address,
        '((?i:[0-9a-f]{1,4}:)*|(?i:[0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::(?i:[0-9a-f]{1,4}:)*)'
        || '(?i:[0-9a-f]{1,4}|(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3})'
        || '|(?i:[0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::'
    ) THEN list_transform(
        [list_transform(
            string_split(CASE
                WHEN contains(address, '.') THEN lower(regexp_extract(address, '^.*:')) || list_transform(
                    [list_transform(string_split(regexp_extract(address, '[^:]*$'), '.'), lambda n: n::INTEGER)],
                    lambda n: printf('%02x%02x:%02x%02x', n[1], n[2], n[3], n[4])
                )[1]
                ELSE lower(address)
            END, '::'),
            lambda part: array_to_string(list_transform(
                string_split(part, ':'),
                lambda g: CASE g WHEN '' THEN '' ELSE lpad(g, 4, '0') END
            ), '')
        )],
        lambda d: CASE
            WHEN len(d) = 1 AND len(d[1]) = 32 THEN '6' || d[1]
            WHEN len(d) = 2 AND len(d[1]) + len(d[2]) <= 28 THEN '6' || d[1] || repeat('0', 32 - len(d[1]) - len(d[2])) || d[2]
        END
    )[1]
    WHEN regexp_full_match(address, '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}')
        THEN list_transform(
            [list_transform(string_split(address, '.'), lambda n: n::INTEGER)],
            lambda n: printf('4%02x%02x%02x%02x', n[1], n[2], n[3], n[4])
        )[1]
END;
-- An address as a number, to sort by and to compare with the ends of a range.
CREATE OR REPLACE MACRO ip_number(address) AS list_transform(
    [ip_digits(address)],
    lambda d: CASE d[1]
        WHEN '4' THEN ('0x' || d[2:9])::UBIGINT::UHUGEINT
        WHEN '6' THEN ('0x' || d[2:17])::UBIGINT::UHUGEINT << 64 | ('0x' || d[18:33])::UBIGINT::UHUGEINT
    END
)[1];
-- Whether an address is in a range such as 203.0.113.0/24 or 2001:db8::/32, or is that
-- address. An IPv4 address is in no IPv6 range; what is no address is in none. What is no
-- range is an error, since no address would be in it.
CREATE OR REPLACE MACRO ip_in(address, cidr) AS CASE
    WHEN cidr IS NULL THEN NULL
    ELSE list_transform(
        [{
            'net': ip_number(split_part(cidr, '/', 1)),
            'size': CASE WHEN contains(cidr, ':') THEN 128 ELSE 32 END,
            'bits': CASE
                WHEN NOT contains(cidr, '/') THEN CASE WHEN contains(cidr, ':') THEN 128 ELSE 32 END
                WHEN regexp_full_match(cidr, '[^/]+/[0-9]{1,3}') THEN split_part(cidr, '/', 2)::INTEGER
            END
        }],
        lambda r: CASE
            WHEN r.net IS NULL OR r.bits IS NULL OR r.bits > r.size
                THEN error('ip_in: ' || cidr || ' is no range of addresses, such as 203.0.113.0/24')::BOOLEAN
            WHEN contains(address, ':') <> contains(cidr, ':') THEN false
            WHEN r.bits = 0 THEN ip_number(address) IS NOT NULL
            ELSE ip_number(address) >> (r.size - r.bits)::UHUGEINT = r.net >> (r.size - r.bits)::UHUGEINT
        END
    )[1] IS true
END;

-- NULL for an empty text. Of nullif DuckDB makes a CASE that has the text twice, and of one
-- within another four times.
CREATE OR REPLACE MACRO filled("text") AS list_filter(["text"], lambda t: t <> '')[1];

-- Policies. A document is text in a record, encoded as in a URL at times, or a block; what
-- is a list in it may be one text as well.
CREATE OR REPLACE MACRO json_texts(json) AS CASE json_type(json)
    WHEN 'ARRAY' THEN json_extract_string(json, '$[*]')
    WHEN 'VARCHAR' THEN [json ->> '$']
    ELSE []
END;
CREATE OR REPLACE MACRO policy_statements("text") AS list_transform(
    [try_cast(CASE WHEN starts_with("text", '%') THEN url_decode("text") ELSE "text" END AS JSON)],
    lambda document: CASE json_type(document, '$.Statement')
        WHEN 'ARRAY' THEN json_extract(document, '$.Statement[*]')
        WHEN 'OBJECT' THEN [json_extract(document, '$.Statement')]
    END
)[1];
-- Whom a statement names: an account by its number, whether as such or as its root.
CREATE OR REPLACE MACRO statement_principals(principal) AS array_to_string(list_transform(
    CASE json_type(principal)
        WHEN 'OBJECT' THEN flatten(list_transform(json_extract(principal, '$.*'), lambda names: json_texts(names)))
        ELSE json_texts(principal)
    END,
    lambda who: CASE
        WHEN who = '*' THEN 'everybody'
        WHEN starts_with(who, 'arn:') AND ends_with(who, ':root') THEN split_part(who, ':', 5)
        ELSE who
    END
), ', ');
CREATE OR REPLACE MACRO statement_actions(statement) AS coalesce(
    'all but ' || filled(array_to_string(json_texts(json_extract(statement, '$.NotAction')), ', ')),
    array_to_string(json_texts(json_extract(statement, '$.Action')), ', ')
);
-- A list of one and a lambda stand for a name here: a macro's text has its arguments in it
-- as often as it names them.
CREATE OR REPLACE MACRO statement_words(statement) AS list_transform(
    [struct_pack(
        effect := json_extract_string(statement, '$.Effect'),
        actions := statement_actions(statement),
        resources := array_to_string(json_texts(json_extract(statement, '$.Resource')), ', '),
        others := array_to_string(json_texts(json_extract(statement, '$.NotResource')), ', '),
        who := CASE
            WHEN json_exists(statement, '$.Principal') THEN statement_principals(json_extract(statement, '$.Principal'))
            WHEN json_exists(statement, '$.NotPrincipal')
                THEN 'all but ' || statement_principals(json_extract(statement, '$.NotPrincipal'))
        END
    )],
    lambda said: concat(
        CASE
            WHEN said.effect = 'Deny' THEN 'DENY: '
            WHEN said.effect IS DISTINCT FROM 'Allow' THEN '(no effect): '
            WHEN regexp_matches(said.actions, '(^|, )[*](:[*])?(,|$)') AND regexp_matches(said.resources, '(^|, )[*](,|$)')
                THEN 'ADMIN: '
        END,
        CASE
            WHEN said.effect = 'Allow' AND said.actions = 'sts:AssumeRole' AND said.who IS NOT NULL THEN 'trusts ' || said.who
            WHEN said.effect = 'Allow' AND starts_with(said.actions, 'sts:AssumeRole') AND said.who IS NOT NULL
                THEN concat('trusts ', said.who, ': ', said.actions)
            ELSE concat(said.who || ': ', coalesce(filled(said.actions), '(no action)'))
        END,
        ' on all but ' || filled(said.others),
        ' on ' || filled(said.resources)
    )
)[1];
-- The keys that the conditions of a statement ask for, behind "if".
CREATE OR REPLACE MACRO statement_keys(statement) AS ' if ' || filled(array_to_string(
    flatten(list_transform(json_extract(statement, '$.Condition.*'), lambda test: json_keys(test))), ', '
));
-- One of AWS's own by its name, which is known.
CREATE OR REPLACE MACRO managed_policy(arn) AS CASE
    WHEN ends_with(arn, ':iam::aws:policy/AdministratorAccess') THEN 'ADMIN: AdministratorAccess'
    WHEN contains(arn, ':iam::aws:policy/') THEN split_part(arn, ':policy/', 2)
    ELSE arn
END;
-- All of a policy on a line.
CREATE OR REPLACE MACRO policy_words("text") AS list_transform(
    ["text"],
    lambda document: CASE
        WHEN trim(document) = '' THEN 'no policy'
        WHEN contains(document, 'HIDDEN_DUE_TO_SECURITY_REASONS') THEN 'hidden by CloudTrail'
        WHEN document IS NOT NULL THEN coalesce(
            array_to_string(list_transform(
                policy_statements(document), lambda said: concat(statement_words(said), statement_keys(said))
            ), '; '),
            'cannot be read'
        )
    END
)[1];

-- The userIdentity of views, in which objects that a record lacks are NULL; of another text
-- for stores that have events of before it was so: hollow.sql.
CREATE OR REPLACE MACRO shown_identity(o) AS o;

-- For queries that people have saved: two views with the columns and types of Athena's
-- CloudTrail table and of a CloudTrail Lake event data store, and Trino's functions.

-- A block as tables of JSON show it: read and written again. AWS writes \u003d for = in
-- some, and events keeps that.
CREATE OR REPLACE MACRO serde_text(block) AS
    CASE WHEN contains(block, '\u') THEN coalesce(TRY(json(block))::VARCHAR, block) ELSE block END;

-- Athena's table, as "Create a table for CloudTrail logs in Athena" declares it: times,
-- booleans and blocks are text. userIdentity and tlsDetails are those of events, with
-- members that Athena's lack: to make others of them would be to read them whole where
-- one member is asked for.
CREATE OR REPLACE VIEW cloudtrail_logs AS
SELECT
    eventVersion,
    shown_identity(userIdentity) AS userIdentity,
    CASE -- fractions of a second are rare, and text with them takes longer
        WHEN eventTime = date_trunc('second', eventTime) THEN strftime(eventTime, '%Y-%m-%dT%H:%M:%SZ')
        ELSE replace(eventTime::VARCHAR, ' ', 'T') || 'Z'
    END AS eventTime,
    eventSource,
    eventName,
    awsRegion,
    sourceIPAddress,
    userAgent,
    errorCode,
    errorMessage,
    serde_text(requestParameters) AS requestParameters,
    serde_text(responseElements) AS responseElements,
    serde_text(additionalEventData) AS additionalEventData,
    requestID,
    eventID::VARCHAR AS eventID,
    list_transform(
        resources,
        lambda r: struct_pack(ARN := r.ARN, accountId := r.accountId, "type" := r."type")
    ) AS resources,
    eventType,
    apiVersion,
    readOnly::VARCHAR AS readOnly,
    recipientAccountId,
    serde_text(serviceEventDetails) AS serviceEventDetails,
    sharedEventID::VARCHAR AS sharedEventID,
    vpcEndpointId,
    vpcEndpointAccountId,
    eventCategory,
    CASE WHEN addendum IS NOT NULL THEN struct_pack(
        reason := addendum ->> 'reason',
        updatedFields := addendum ->> 'updatedFields',
        originalRequestID := addendum ->> 'originalRequestID',
        originalEventID := addendum ->> 'originalEventID'
    ) END AS addendum,
    sessionCredentialFromConsole,
    serde_text(edgeDeviceDetails) AS edgeDeviceDetails,
    tlsDetails,
    -- What such tables are partitioned by, in one way or the other. There it is where a
    -- log file lies, here where and when the event was.
    recipientAccountId AS account,
    awsRegion AS region,
    strftime(eventTime, '%Y') AS "year",
    strftime(eventTime, '%m') AS "month",
    strftime(eventTime, '%d') AS "day",
    strftime(eventTime, '%Y/%m/%d') AS "timestamp",
    recipientAccountId AS account_id,
    recipientAccountId AS account_partition,
    recipientAccountId AS p_account,
    awsRegion AS region_partition,
    awsRegion AS p_region,
    strftime(eventTime, '%Y/%m/%d') AS date_partition,
    strftime(eventTime, '%Y/%m/%d') AS p_date,
    strftime(eventTime, '%Y/%m/%d') AS dt
FROM events;

-- And with the columns that * of Athena's table does not give. The file is the one that the
-- event was first read from; when it was written is known from its name.
CREATE OR REPLACE VIEW cloudtrail_logs_files AS
/* cloudtrail_logs */ SELECT,
    files.uri AS "$path",
    files.delivered AT TIME ZONE 'UTC' AS "$file_modified_time",
    files.size AS "$file_size",
    nullif(system.main.regexp_extract(files.folder, '^AWSLogs/(o-[a-z0-9]+)/', 1), '') AS organization
FROM events
LEFT JOIN files USING (file);

-- By the name that Athena's documentation gives it with partition projection.
CREATE OR REPLACE VIEW cloudtrail_logs_pp AS SELECT * FROM cloudtrail_logs;

-- What a block looks like in CloudTrail Lake: its members, each as text.
CREATE OR REPLACE MACRO text_map(block) AS json_transform(block, '"MAP(VARCHAR, VARCHAR)"');

-- An event data store of CloudTrail Lake, as "Supported SQL schemas for event data
-- stores" has it, but for eventJson and its checksum.
CREATE OR REPLACE VIEW cloudtrail_lake AS
SELECT
    eventVersion,
    shown_identity(userIdentity) AS userIdentity,
    eventTime,
    eventSource,
    eventName,
    awsRegion,
    sourceIPAddress,
    userAgent,
    errorCode,
    errorMessage,
    text_map(requestParameters) AS requestParameters,
    text_map(responseElements) AS responseElements,
    text_map(additionalEventData) AS additionalEventData,
    requestID,
    eventID::VARCHAR AS eventID,
    readOnly,
    list_transform(
        resources,
        lambda r: struct_pack(accountId := r.accountId, "type" := r."type", ARN := r.ARN, ARNPrefix := r.ARNPrefix)
    ) AS resources,
    eventType,
    apiVersion,
    managementEvent,
    recipientAccountId,
    sharedEventID::VARCHAR AS sharedEventID,
    annotation,
    vpcEndpointId,
    vpcEndpointAccountId,
    text_map(serviceEventDetails) AS serviceEventDetails,
    text_map(addendum) AS addendum,
    text_map(edgeDeviceDetails) AS edgeDeviceDetails,
    text_map(insightDetails) AS insightDetails,
    eventCategory,
    tlsDetails,
    sessionCredentialFromConsole,
    eventContext
FROM events;

-- And with what eventJson, which * does not give either, is made of: by event_record of the
-- last three, which no other program has.
CREATE OR REPLACE VIEW cloudtrail_lake_records AS
/* cloudtrail_lake */ SELECT,
    shapes.skeleton,
    events.verbatim,
    CASE WHEN events.shape IS NOT NULL THEN /* leaves */ '' END AS leaves
FROM events
LEFT JOIN shapes USING (shape);

-- Trino's functions that DuckDB does not have, or has by another name.

-- JSON. What is no JSON is NULL to Trino; a scalar only is text. Its paths may have
-- members in brackets, $["x-amz-acl"], and a mode before them, lax or strict.
CREATE OR REPLACE MACRO json_path(path) AS
    replace(replace(system.main.regexp_replace(path, '^\s*(lax|strict)\s+', ''), '["', '."'), '"]', '"');
-- A number is what was written, and 1e3 not 1000.0: for that, numbers that DuckDB would
-- write otherwise are put into quotes, of those side by side each second one at a time.
CREATE OR REPLACE MACRO json_quoted(json) AS system.main.regexp_replace(
    json, '(^|[:\[,])(\s*)(-?(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d{16,}))(\s*(?:[,\]}]|$))', '\1\2"\3"\4', 'g'
);
-- A function stands in a TRY by itself: what DuckDB sees twice, as in the two comparisons
-- that it makes of an IN, it may run outside of the TRY.
CREATE OR REPLACE MACRO json_extract_scalar(json, path) AS CASE TRY(json_type(json, json_path(path)))
    WHEN 'OBJECT' THEN NULL
    WHEN 'ARRAY' THEN NULL
    WHEN 'DOUBLE' THEN coalesce(
        TRY(json_extract_string(json_quoted(json_quoted(json)), json_path(path))),
        TRY(json_extract_string(json, json_path(path)))
    )
    ELSE TRY(json_extract_string(json, json_path(path)))
END;
CREATE OR REPLACE MACRO json_parse("text") AS json("text");
CREATE OR REPLACE MACRO json_format(json) AS json::VARCHAR;
CREATE OR REPLACE MACRO json_query(json, path) AS TRY(json_extract(json, json_path(path)))::VARCHAR;
CREATE OR REPLACE MACRO json_array_get(json, index) AS json_extract(json, index::BIGINT);
CREATE OR REPLACE MACRO json_array_contains(json, "value") AS
    TRY(list_contains(json_extract_string(json, '$[*]'), "value"::VARCHAR));
CREATE OR REPLACE MACRO json_size(json, path) AS CASE TRY(json_type(json, json_path(path)))
    WHEN 'ARRAY' THEN TRY(json_array_length(json, json_path(path)))::BIGINT
    WHEN 'OBJECT' THEN len(TRY(json_keys(json, json_path(path))))
    ELSE CASE WHEN TRY(json_type(json, json_path(path))) IS NOT NULL THEN 0 END
END;
CREATE OR REPLACE MACRO is_json_scalar(json) AS TRY(json_type(json)) NOT IN ('OBJECT', 'ARRAY');

-- Times. Trino's formats are MySQL's in date_format and date_parse, Joda's in
-- format_datetime and parse_datetime. DuckDB binds a macro's text when it is made, and there is no constant for
-- a format or for options then: it leaves that to the call after a function that has to
-- know a parameter's type, such as length.
CREATE OR REPLACE MACRO mysql_format(format) AS
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(format,
        '%M', '%B'), '%i', '%M'), '%W', '%A'), '%s', '%S'), '%h', '%I'), '%e', '%-d'), '%c', '%-m'),
        '%k', '%-H'), '%l', '%-I'), '%T', '%H:%M:%S'), '%r', '%I:%M:%S %p'), '%v', '%V'), '%x', '%G');
CREATE OR REPLACE MACRO joda_format(format) AS array_to_string(list_transform(
    -- Quoted text, a letter as often as it stands there, or one of all others.
    regexp_extract_all(format, '''[^'']*''|y+|Y+|x+|M+|d+|D+|E+|e+|w+|a+|H+|k+|h+|m+|s+|S+|Z+|.'),
    lambda part: CASE
        WHEN part IN ('y', 'yyy', 'yyyy', 'Y', 'YYYY') THEN '%Y'
        WHEN part IN ('yy', 'YY') THEN '%y'
        WHEN part IN ('x', 'xxxx') THEN '%G'
        WHEN part IN ('E', 'EE', 'EEE') THEN '%a'
        WHEN part IN ('w', 'ww') THEN '%V'
        WHEN part = '''''' THEN ''''
        WHEN starts_with(part, '''') THEN trim(part, '''')
        ELSE CASE part
            WHEN 'M' THEN '%-m' WHEN 'MM' THEN '%m' WHEN 'MMM' THEN '%b' WHEN 'MMMM' THEN '%B'
            WHEN 'd' THEN '%-d' WHEN 'dd' THEN '%d'
            WHEN 'D' THEN '%-j' WHEN 'DDD' THEN '%j'
            WHEN 'EEEE' THEN '%A' WHEN 'e' THEN '%u'
            WHEN 'a' THEN '%p'
            WHEN 'H' THEN '%-H' WHEN 'HH' THEN '%H'
            WHEN 'h' THEN '%-I' WHEN 'hh' THEN '%I'
            WHEN 'm' THEN '%-M' WHEN 'mm' THEN '%M'
            WHEN 's' THEN '%-S' WHEN 'ss' THEN '%S'
            WHEN 'SSS' THEN '%g' WHEN 'SSSSSS' THEN '%f'
            WHEN 'Z' THEN '+0000' WHEN 'ZZ' THEN '+00:00'
            ELSE part
        END
    END
), '');
CREATE OR REPLACE MACRO date_parse("text", format) AS
    CASE WHEN length("text") >= 0 THEN strptime("text", mysql_format(format)) END;
CREATE OR REPLACE MACRO date_format("time", format) AS strftime("time", mysql_format(format));
CREATE OR REPLACE MACRO parse_datetime("text", format) AS
    CASE WHEN length("text") >= 0 THEN strptime("text", joda_format(format))::TIMESTAMPTZ END;
CREATE OR REPLACE MACRO format_datetime("time", format) AS strftime("time", joda_format(format));
CREATE OR REPLACE MACRO from_iso8601_timestamp("text") AS coalesce(
    try_cast("text" AS TIMESTAMPTZ),
    -- It may end with the year, the month, the hour or the minute.
    CASE length("text")
        WHEN 4 THEN "text" || '-01-01'
        WHEN 7 THEN "text" || '-01'
        WHEN 13 THEN "text" || ':00:00'
        ELSE system.main.regexp_replace("text", '(T\d\d:\d\d)($|Z|[+-])', '\1:00\2')
    END::TIMESTAMPTZ
);
CREATE OR REPLACE MACRO from_iso8601_date("text") AS "text"::DATE;
CREATE OR REPLACE MACRO from_iso8601_timestamp_nanos("text") AS from_iso8601_timestamp("text");
CREATE OR REPLACE MACRO to_iso8601("time") AS CASE typeof("time")
    WHEN 'DATE' THEN "time"::VARCHAR
    WHEN 'TIMESTAMP' THEN strftime("time"::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%g')
    ELSE strftime("time"::TIMESTAMPTZ AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')
END;
CREATE OR REPLACE MACRO from_unixtime(seconds) AS to_timestamp(seconds),
    (seconds, zone) AS timezone(zone, to_timestamp(seconds));
CREATE OR REPLACE MACRO from_unixtime_nanos(nanoseconds) AS to_timestamp(nanoseconds / 1e9);
CREATE OR REPLACE MACRO parse_duration("text") AS to_microseconds(round(
    regexp_extract_all("text", '^\s*(\d+(?:\.\d+)?)\s*[a-z]+\s*$', 1)[1]::DOUBLE
    * MAP {
        'ns': 1e-3, 'us': 1.0, 'ms': 1e3, 's': 1e6, 'm': 60e6, 'h': 3600e6, 'd': 86400e6
    }[regexp_extract_all("text", '([a-z]+)\s*$', 1)[1]]
)::BIGINT);
CREATE OR REPLACE MACRO human_readable_seconds(seconds) AS list_transform(
    [round(seconds)::BIGINT],
    lambda s: coalesce(nullif(array_to_string(list_transform(
        list_filter(
            [
                {'n': s // 604800, 'unit': 'week'}, {'n': s // 86400 % 7, 'unit': 'day'}, {'n': s // 3600 % 24, 'unit': 'hour'},
                {'n': s // 60 % 60, 'unit': 'minute'}, {'n': s % 60, 'unit': 'second'}
            ],
            lambda part: part.n > 0
        ),
        lambda part: concat(part.n, ' ', part.unit, CASE WHEN part.n > 1 THEN 's' END)
    ), ', '), ''), '0 seconds')
)[1];
CREATE OR REPLACE MACRO current_timezone() AS 'UTC';
CREATE OR REPLACE MACRO to_unixtime("time") AS epoch("time");
CREATE OR REPLACE MACRO at_timezone("time", zone) AS timezone(zone, "time"::TIMESTAMPTZ);
CREATE OR REPLACE MACRO with_timezone("time", zone) AS timezone(zone, "time"::TIMESTAMP);
CREATE OR REPLACE MACRO day_of_week("time") AS isodow("time");
CREATE OR REPLACE MACRO day_of_month("time") AS day("time");
CREATE OR REPLACE MACRO day_of_year("time") AS dayofyear("time");
CREATE OR REPLACE MACRO week_of_year("time") AS week("time");
CREATE OR REPLACE MACRO year_of_week("time") AS isoyear("time");
CREATE OR REPLACE MACRO last_day_of_month("time") AS last_day("time");

-- Text.
CREATE OR REPLACE MACRO regexp_like("text", pattern) AS regexp_matches("text", pattern);
CREATE OR REPLACE MACRO regexp_split("text", pattern) AS string_split_regex("text", pattern);
CREATE OR REPLACE MACRO regexp_count("text", pattern) AS len(regexp_extract_all("text", pattern));

CREATE OR REPLACE MACRO "normalize"("text") AS nfc_normalize("text");

-- Numbers.
CREATE OR REPLACE MACRO e() AS exp(1.0);
CREATE OR REPLACE MACRO infinity() AS 'Infinity'::DOUBLE;
CREATE OR REPLACE MACRO nan() AS 'NaN'::DOUBLE;
CREATE OR REPLACE MACRO is_nan(x) AS isnan(x);
CREATE OR REPLACE MACRO is_finite(x) AS isfinite(x::DOUBLE);
CREATE OR REPLACE MACRO is_infinite(x) AS isinf(x::DOUBLE);
CREATE OR REPLACE MACRO width_bucket(x, bins) AS len(list_filter(bins, lambda bin: bin <= x)),
    (x, low, high, buckets) AS CASE
        WHEN low < high THEN greatest(0, least(buckets + 1, floor((x - low) / (high - low) * buckets)::BIGINT + 1))
        ELSE greatest(0, least(buckets + 1, floor((low - x) / (low - high) * buckets)::BIGINT + 1))
    END;
CREATE OR REPLACE MACRO parse_data_size("text") AS floor(
    regexp_extract_all("text", '^\d+(?:\.\d+)?')[1]::DECIMAL(20, 6)
    * 1024 ** strpos(' kMGTPEZY', replace(left(regexp_extract_all("text", '[kMGTPEZY]?B$')[1], 1), 'B', ' ')) / 1024
)::HUGEINT;

-- Lists and maps. Where a list has NULL in it, so often has the answer.
CREATE OR REPLACE MACRO array_join(list, delimiter) AS
        CASE WHEN list IS NOT NULL THEN coalesce(array_to_string(list::VARCHAR[], delimiter), '') END,
    (list, delimiter, missing) AS
        array_to_string(list_transform(list::VARCHAR[], lambda x: coalesce(x, missing)), delimiter);
CREATE OR REPLACE MACRO array_max(list) AS CASE WHEN list_count(list) = len(list) THEN list_max(list) END;
CREATE OR REPLACE MACRO array_min(list) AS CASE WHEN list_count(list) = len(list) THEN list_min(list) END;
-- list_distinct has no order, and leaves NULL out.
CREATE OR REPLACE MACRO trino_array_distinct(list) AS list_transform(
    list_sort(list_transform(
        CASE WHEN list_count(list) < len(list) THEN list_append(list_distinct(list), NULL) ELSE list_distinct(list) END,
        lambda x: {'at': list_position(list, x), 'element': x}
    )),
    lambda x: x.element
);
CREATE OR REPLACE MACRO array_union(a, b) AS
    CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN trino_array_distinct(list_concat(a, b)) END;
CREATE OR REPLACE MACRO array_except(a, b) AS CASE
    WHEN b IS NOT NULL THEN list_filter(trino_array_distinct(a), lambda x: list_position(b, x) IS NULL)
END;
CREATE OR REPLACE MACRO array_remove(list, element) AS
    CASE WHEN element IS NOT NULL THEN list_filter(list, lambda x: x IS DISTINCT FROM element) END;
CREATE OR REPLACE MACRO arrays_overlap(a, b) AS CASE
    WHEN list_has_any(a, b) THEN true
    WHEN len(a) > 0 AND len(b) > 0 AND (list_count(a) < len(a) OR list_count(b) < len(b)) THEN NULL
    ELSE list_has_any(a, b)
END;
CREATE OR REPLACE MACRO slice(list, start, length) AS list[start:start + length - 1];
-- Of numbers and of dates, whose series are of times to DuckDB.
CREATE OR REPLACE MACRO sequence(start, stop) AS list_transform(
        generate_series(0, (stop - start)::BIGINT, CASE WHEN start > stop THEN -1 ELSE 1 END),
        lambda i: start + i::INTEGER
    ),
    (start, stop, step) AS cast_to_type(generate_series(start, stop, step), [start]);
CREATE OR REPLACE MACRO array_first(list) AS list[1];
CREATE OR REPLACE MACRO array_last(list) AS list[-1];
CREATE OR REPLACE MACRO array_histogram(list) AS map_from_entries(list_transform(
    list_filter(trino_array_distinct(list), lambda x: x IS NOT NULL),
    lambda x: {'k': x, 'v': len(list_filter(list, lambda y: y = x))}
));
CREATE OR REPLACE MACRO ngrams(list, n) AS
    list_transform(range(1, greatest(len(list) - n + 2, 2)), lambda i: list[i:i + n - 1]);
CREATE OR REPLACE MACRO contains_sequence(list, part) AS len(part) = 0
    OR list_contains(list_transform(range(1, len(list) - len(part) + 2), lambda i: list[i:i + len(part) - 1] = part), true);
CREATE OR REPLACE MACRO dot_product(a, b) AS list_dot_product(a, b);
CREATE OR REPLACE MACRO cosine_similarity(a, b) AS list_cosine_similarity(a, b);
CREATE OR REPLACE MACRO shuffle(list) AS list_transform(
    list_sort(list_transform(list, lambda x: {'at': random(), 'element': x})),
    lambda x: x.element
);
CREATE OR REPLACE MACRO multimap_from_entries(entries) AS map_from_entries(list_transform(
    trino_array_distinct(list_transform(entries, lambda e: struct_extract_at(e, 1))),
    lambda k: {'k': k, 'v': list_transform(
        list_filter(entries, lambda e: struct_extract_at(e, 1) = k), lambda e: struct_extract_at(e, 2)
    )}
));
-- The first value of each key; list_sort never comes to the values.
CREATE OR REPLACE MACRO trino_map(entries) AS list_transform(
    [list_sort(list_transform(entries, lambda e, i: {'key': e.key, 'at': i, 'value': e.value}))],
    lambda sorted: map_from_entries(list_transform(
        list_filter(sorted, lambda e, i: i = 1 OR sorted[i - 1].key IS DISTINCT FROM e.key),
        lambda e: {'key': e.key, 'value': e.value}
    ))
)[1];
-- All values of each key.
CREATE OR REPLACE MACRO trino_multimap(entries) AS list_transform([entries], lambda l: map_from_entries(list_transform(
    list_sort(list_distinct(list_transform(l, lambda e: e.key))),
    lambda k: {'key': k, 'value': list_transform(list_filter(l, lambda e: e.key = k), lambda e: e.value)}
)))[1];
CREATE OR REPLACE MACRO map_agg(key, "value") AS
    trino_map(list({'key': key, 'value': "value"}) FILTER (WHERE key IS NOT NULL));
CREATE OR REPLACE MACRO multimap_agg(key, "value") AS
    trino_multimap(list({'key': key, 'value': "value"}) FILTER (WHERE key IS NOT NULL));
CREATE OR REPLACE MACRO map_union(x) AS trino_map(flatten(list(map_entries(x)) FILTER (WHERE x IS NOT NULL)));

-- Bytes and bits.
CREATE OR REPLACE MACRO to_utf8("text") AS encode("text");
CREATE OR REPLACE MACRO from_utf8(bytes) AS decode(bytes);
CREATE OR REPLACE MACRO bitwise_and(a, b) AS a & b;
CREATE OR REPLACE MACRO bitwise_or(a, b) AS a | b;
CREATE OR REPLACE MACRO bitwise_xor(a, b) AS xor(a, b);
CREATE OR REPLACE MACRO bitwise_not(a) AS ~a;
CREATE OR REPLACE MACRO bitwise_left_shift(a, n) AS a << n;
CREATE OR REPLACE MACRO bitwise_right_shift_arithmetic(a, n) AS a >> n;
CREATE OR REPLACE MACRO from_base("text", radix) AS CASE WHEN starts_with("text", '-') THEN -1 ELSE 1 END * list_reduce(
    list_prepend(0::BIGINT, list_transform(
        string_split(lower(ltrim("text", '+-')), ''),
        lambda c: (strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1)::BIGINT
    )),
    lambda a, b: a * radix + b
);
CREATE OR REPLACE MACRO to_base64url(bytes) AS replace(replace(to_base64(bytes), '+', '-'), '/', '_');
CREATE OR REPLACE MACRO from_base64url("text") AS from_base64(replace(replace("text", '-', '+'), '_', '/'));
CREATE OR REPLACE MACRO truncate(x) AS trunc(x),
    (x, n) AS trunc(x * 10 ** n) / 10 ** n;

-- Parts of a URL; NULL where it lacks them.
CREATE OR REPLACE MACRO url_extract_protocol(url) AS regexp_extract_all(url, '^([A-Za-z][A-Za-z0-9+.-]*):', 1)[1];
CREATE OR REPLACE MACRO url_extract_host(url) AS
    regexp_extract_all(url, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)', 1)[1];
CREATE OR REPLACE MACRO url_extract_port(url) AS
    regexp_extract_all(url, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*):([0-9]+)', 1)[1]::BIGINT;
CREATE OR REPLACE MACRO url_extract_path(url) AS
    url_decode(regexp_extract_all(url, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)', 1)[1]);
CREATE OR REPLACE MACRO url_extract_query(url) AS
    CASE WHEN url IS NOT NULL THEN coalesce(url_decode(regexp_extract_all(url, '\?([^#]*)', 1)[1]), '') END;
CREATE OR REPLACE MACRO url_extract_fragment(url) AS
    CASE WHEN url IS NOT NULL THEN coalesce(url_decode(regexp_extract_all(url, '#(.*)$', 1)[1]), '') END;
CREATE OR REPLACE MACRO url_extract_parameter(url, name) AS url_decode(array_to_string(list_filter(
    list_transform(string_split(regexp_extract_all(url, '\?([^#]*)', 1)[1], '&'), lambda p: string_split(p, '=')),
    lambda p: url_decode(p[1]) = name
)[1][2:], '='));

CREATE OR REPLACE MACRO codepoint("text") AS unicode("text");
CREATE OR REPLACE MACRO levenshtein_distance(a, b) AS levenshtein(a, b);
CREATE OR REPLACE MACRO hamming_distance(a, b) AS hamming(a, b);
-- Where the first match begins, from 1; -1 if there is none.
CREATE OR REPLACE MACRO regexp_position("text", pattern) AS CASE
    WHEN regexp_matches("text", pattern) THEN length(regexp_extract_all("text", '(?s:^(.*?))(?:' || pattern || ')', 1)[1]) + 1
    WHEN "text" IS NOT NULL AND pattern IS NOT NULL THEN -1
END,
    ("text", pattern, start) AS list_transform(
        [regexp_extract_all(substr("text", start), '(?s:^(.*?))(?:' || pattern || ')', 1)[1]],
        lambda before: CASE
            WHEN before IS NOT NULL THEN length(before) + start
            WHEN "text" IS NOT NULL AND pattern IS NOT NULL THEN -1
        END
    )[1],
    ("text", pattern, start, occurrence) AS list_transform(
        [regexp_extract_all(
            substr("text", start), concat('(?s:^((?:.*?(?:', pattern, ')){', occurrence - 1, '}.*?))(?:', pattern, ')'), 1
        )[1]],
        lambda before: CASE
            WHEN before IS NOT NULL THEN length(before) + start
            WHEN "text" IS NOT NULL AND pattern IS NOT NULL THEN -1
        END
    )[1];
CREATE OR REPLACE MACRO split_to_map("text", entry, pair) AS map_from_entries(list_transform(
    string_split("text", entry),
    lambda e: {'k': string_split(e, pair)[1], 'v': string_split(e, pair)[2]}
));
CREATE OR REPLACE MACRO split_to_multimap("text", entry, pair) AS list_transform(
    [list_transform(string_split("text", entry), lambda e: {'k': string_split(e, pair)[1], 'v': string_split(e, pair)[2]})],
    lambda entries: multimap_from_entries(entries)
)[1];
CREATE OR REPLACE MACRO trino_zip(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_zip(a, b) END,
    (a, b, c) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL THEN list_zip(a, b, c) END;
CREATE OR REPLACE MACRO zip(a, b) AS
        list_transform(trino_zip(a, b), lambda x: {'field0': x[1], 'field1': x[2]}),
    (a, b, c) AS
        list_transform(trino_zip(a, b, c), lambda x: {'field0': x[1], 'field1': x[2], 'field2': x[3]});
CREATE OR REPLACE MACRO trim_array(list, n) AS list[:len(list) - n];

-- Aggregates.
CREATE OR REPLACE MACRO approx_distinct(x) AS approx_count_distinct(x),
    (x, standard_error) AS approx_count_distinct(x);
CREATE OR REPLACE MACRO approx_percentile(x, percentage) AS approx_quantile(x, percentage);
CREATE OR REPLACE MACRO every(x) AS bool_and(x);
CREATE OR REPLACE MACRO bitwise_and_agg(x) AS bit_and(x);
CREATE OR REPLACE MACRO bitwise_or_agg(x) AS bit_or(x);

-- A date with days more or less is a date, and so is one without its day.
CREATE OR REPLACE MACRO trino_shifted("time", "interval") AS cast_to_type("time" + "interval", "time");
CREATE OR REPLACE MACRO trino_date_trunc(unit, "time") AS cast_to_type(date_trunc(unit, "time"), "time");

-- Functions that DuckDB has for other arguments: its own go on.
-- Of lists as well as maps: one of the casts fits, the other gives NULL, whose elements
-- do not matter. As BLOBs those of most types are not even looked at.
CREATE OR REPLACE MACRO cardinality(x) AS
    coalesce(len(try_cast(x AS BLOB[])), len(map_keys(try_cast(x AS MAP(VARCHAR, VARCHAR)))));
CREATE OR REPLACE MACRO date_add("date", "interval") AS "date" + "interval",
    (unit, n, "time") AS trino_shifted("time", n * CAST('1 ' || unit AS INTERVAL));
CREATE OR REPLACE MACRO split("text", delimiter) AS string_split("text", delimiter),
    ("text", delimiter, parts) AS CASE
        WHEN len(string_split("text", delimiter)) <= parts THEN string_split("text", delimiter)
        ELSE list_append(
            string_split("text", delimiter)[:parts - 1],
            array_to_string(string_split("text", delimiter)[parts:], delimiter)
        )
    END;

-- Functions of one name and two meanings: within a store they mean Trino's, so that a
-- saved query gives the rows that it gave. DuckDB's own are there as datediff,
-- map_extract, and with system.main. before them.
--
-- Whole units that have gone by, not boundaries that were crossed.
CREATE OR REPLACE MACRO date_diff(unit, a, b) AS date_sub(unit, a, b);
-- The value, not a list with it in.
CREATE OR REPLACE MACRO element_at(collection, key) AS collection[key];
-- NULL, not an empty text, where nothing matches.
CREATE OR REPLACE MACRO regexp_extract("text", pattern) AS regexp_extract_all("text", pattern)[1],
    ("text", pattern, "group") AS regexp_extract_all("text", pattern, "group")[1],
    ("text", pattern, "group", options) AS
        CASE WHEN length("text") >= 0 THEN system.main.regexp_extract("text", pattern, "group", options) END;
-- All matches, not the first alone; groups are $1 as well as \1, and \$ is a dollar.
CREATE OR REPLACE MACRO replacement_groups(replacement) AS replace(
    system.main.regexp_replace(replace(replacement, '\$', chr(1)), '\$(\d)', '\\\1', 'g'), chr(1), '$'
);
CREATE OR REPLACE MACRO regexp_replace("text", pattern) AS system.main.regexp_replace("text", pattern, '', 'g'),
    ("text", pattern, replacement) AS system.main.regexp_replace(
        "text", pattern, replacement_groups(replacement), 'g'
    ),
    ("text", pattern, replacement, options) AS
        CASE WHEN length("text") >= 0 THEN system.main.regexp_replace("text", pattern, replacement, options) END;

-- Functions of one name and two meanings that stay DuckDB's, since its own statements and
-- those of this program have them: the translation of a statement that reads
-- cloudtrail_logs or cloudtrail_lake puts these in their place.
--
-- An integer divided by one is an integer, and by zero an error; // of DuckDB would give
-- NULL there, for DOUBLEs as well. The type is that of the first branch: what the others
-- say is cast to it. error() could not stand within TRY.
CREATE OR REPLACE MACRO trino_divide(a, b) AS CASE
    WHEN b IS NULL OR b <> 0 THEN a // b
    WHEN typeof(a) NOT IN ('DOUBLE', 'FLOAT') AND typeof(b) NOT IN ('DOUBLE', 'FLOAT') THEN 'division by zero'
    WHEN a > 0 THEN 'Infinity'
    WHEN a < 0 THEN '-Infinity'
    WHEN a = 0 THEN 'NaN'
END;
-- The same for what is left over.
CREATE OR REPLACE MACRO trino_divisor(n) AS CASE
    WHEN n = 0 AND typeof(n) NOT IN ('DOUBLE', 'FLOAT') THEN CAST('division by zero' AS INTEGER) ELSE n
END;
-- Of what a condition says of each element: NULL where that decides it.
CREATE OR REPLACE MACRO trino_any_match(matches) AS CASE
    WHEN list_contains(matches, true) THEN true
    WHEN list_count(matches) = len(matches) THEN false
END;
CREATE OR REPLACE MACRO trino_all_match(matches) AS CASE
    WHEN list_contains(matches, false) THEN false
    WHEN list_count(matches) = len(matches) THEN true
END;
CREATE OR REPLACE MACRO trino_none_match(matches) AS NOT trino_any_match(matches);
-- Of text too, as DuckDB has it. A cast to a list gives NULL for that.
CREATE OR REPLACE MACRO trino_contains(collection, element) AS CASE
    WHEN contains(collection, element) THEN true
    WHEN element IS NULL OR list_count(try_cast(collection AS VARCHAR[])) < len(try_cast(collection AS VARCHAR[])) THEN NULL
    ELSE contains(collection, element)
END;
CREATE OR REPLACE MACRO trino_array_intersect(a, b) AS CASE
    WHEN b IS NOT NULL THEN list_filter(trino_array_distinct(a), lambda x: list_position(b, x) IS NOT NULL)
END;
CREATE OR REPLACE MACRO trino_array_position(list, element) AS
    CASE WHEN list IS NOT NULL AND element IS NOT NULL THEN coalesce(list_position(list, element), 0) END;
CREATE OR REPLACE MACRO trino_repeat(element, times) AS list_transform(range(times), lambda i: element);
CREATE OR REPLACE MACRO trino_split_part("text", delimiter, n) AS
    CASE WHEN n > 0 THEN string_split("text", delimiter)[n] END;
CREATE OR REPLACE MACRO trino_substr("text", start) AS
        CASE WHEN start = 0 OR start < -length("text") THEN left("text", 0) ELSE substr("text", start) END,
    ("text", start, size) AS
        CASE WHEN start = 0 OR size <= 0 OR start < -length("text") THEN left("text", 0) ELSE substr("text", start, size) END;
CREATE OR REPLACE MACRO trino_concat_ws(delimiter, list) AS CASE
    WHEN ends_with(typeof(list), '[]') THEN array_to_string(try_cast(list AS VARCHAR[]), delimiter)
    WHEN delimiter IS NOT NULL THEN coalesce(list::VARCHAR, '')
END;
-- Where one of several stands: the third from the end, if it is -3.
CREATE OR REPLACE MACRO trino_strpos("text", part) AS strpos("text", part),
    ("text", part, n) AS list_transform(
        [string_split("text", part)],
        lambda parts: list_transform(
            [CASE WHEN n < 0 THEN len(parts) + n ELSE n END],
            lambda i: CASE
                WHEN i BETWEEN 1 AND len(parts) - 1
                    THEN length(array_to_string(parts[:i], '')) + (i - 1) * length(part) + 1
                WHEN parts IS NOT NULL AND i IS NOT NULL THEN 0
            END
        )[1]
    )[1];
CREATE OR REPLACE MACRO trino_replace("text", search) AS replace("text", search, '');
CREATE OR REPLACE MACRO trino_millisecond("time") AS millisecond("time") % 1000;
CREATE OR REPLACE MACRO trino_json_extract(json, path) AS TRY(json_extract(json, json_path(path)));
-- The member of an object by its name in lower case, or of an array by its position.
CREATE OR REPLACE MACRO trino_json_member(json, name, index) AS CASE json_type(json)
    WHEN 'OBJECT' THEN json_extract(json, '/' || replace(replace(
        list_filter(json_keys(json)::VARCHAR[], lambda k: lower(k) = name)[1], '~', '~0'), '/', '~1'))
    WHEN 'ARRAY' THEN json_extract(json, index::BIGINT)
END;
-- Members sorted by their keys, as Trino has them once JSON was parsed, six objects or arrays
-- deep: a macro cannot call itself.
CREATE OR REPLACE MACRO trino_json_members(json) AS CASE json_type(json)
    WHEN 'OBJECT' THEN list_transform(
        list_sort(json_keys(json)::VARCHAR[]),
        lambda k: {'key': to_json(k)::VARCHAR || ':', 'value': json_extract(json, '/' || replace(replace(k, '~', '~0'), '/', '~1'))}
    )
    WHEN 'ARRAY' THEN list_transform(json_extract(json, '$[*]')::JSON[], lambda e: {'key': '', 'value': e})
END;
CREATE OR REPLACE MACRO trino_json_text(json, members) AS CASE
    WHEN json_type(json) IN ('OBJECT', 'ARRAY') THEN
        CASE json_type(json) WHEN 'OBJECT' THEN '{' ELSE '[' END
        || coalesce(array_to_string(members, ','), '')
        || CASE json_type(json) WHEN 'OBJECT' THEN '}' ELSE ']' END
    ELSE json::VARCHAR
END;
CREATE OR REPLACE MACRO trino_json_1(json) AS
    trino_json_text(json, list_transform(trino_json_members(json), lambda m: m.key || m.value::VARCHAR));
CREATE OR REPLACE MACRO trino_json_2(json) AS
    trino_json_text(json, list_transform(trino_json_members(json), lambda m: m.key || trino_json_1(m.value)));
CREATE OR REPLACE MACRO trino_json_3(json) AS
    trino_json_text(json, list_transform(trino_json_members(json), lambda m: m.key || trino_json_2(m.value)));
CREATE OR REPLACE MACRO trino_json_4(json) AS
    trino_json_text(json, list_transform(trino_json_members(json), lambda m: m.key || trino_json_3(m.value)));
CREATE OR REPLACE MACRO trino_json_5(json) AS
    trino_json_text(json, list_transform(trino_json_members(json), lambda m: m.key || trino_json_4(m.value)));
-- The text is parsed in one place, so that try() holds what is wrong with it.
CREATE OR REPLACE MACRO trino_json_parse("text") AS list_transform(
    [json("text")],
    lambda j: trino_json_text(j, list_transform(trino_json_members(j), lambda m: m.key || trino_json_5(m.value)))
)[1]::JSON;
CREATE OR REPLACE MACRO trino_json_exists(json, path) AS
    CASE WHEN json IS NOT NULL THEN contains(coalesce(TRY(json_exists(json, json_path(path)))::VARCHAR, ''), 'true') END;
CREATE OR REPLACE MACRO trino_json_value(json, path) AS json_extract_scalar(json, path);
CREATE OR REPLACE MACRO trino_json_array_length(json) AS
    CASE WHEN TRY(json_type(json)) = 'ARRAY' THEN TRY(json_array_length(json))::BIGINT END;
CREATE OR REPLACE MACRO trino_url_encode("text") AS
    replace(replace(replace(url_encode("text"), '%20', '+'), '%2A', '*'), '~', '%7E');
CREATE OR REPLACE MACRO trino_url_decode("text") AS url_decode(replace("text", '+', ' '));
-- What is between the matches of a pattern, and what stands in their places.
CREATE OR REPLACE MACRO trino_interleaved(rest, places) AS array_to_string(
    list_transform(rest, lambda part, i: concat(part, CASE WHEN i <= len(places) THEN coalesce(places[i], '') END)), ''
);
-- Digests are bytes.
CREATE OR REPLACE MACRO trino_md5(bytes) AS unhex(md5(bytes));
CREATE OR REPLACE MACRO trino_sha1(bytes) AS unhex(sha1(bytes));
CREATE OR REPLACE MACRO trino_sha256(bytes) AS unhex(sha256(bytes));
CREATE OR REPLACE MACRO trino_bit_count(x, bits) AS
    bit_count(CASE WHEN bits = 64 THEN x::BIGINT ELSE x::BIGINT & ((1::BIGINT << bits) - 1) END)::BIGINT;
CREATE OR REPLACE MACRO trino_to_base(x, radix) AS
    concat(CASE WHEN x < 0 THEN '-' END, lower(to_base(abs(x), radix)));
CREATE OR REPLACE MACRO trino_random() AS random(),
    (n) AS floor(random() * n)::BIGINT,
    (low, high) AS low + floor(random() * (high - low))::BIGINT;
CREATE OR REPLACE MACRO trino_to_milliseconds("interval") AS epoch_ms("interval");
-- Whole numbers of others: halves go away from zero; text has no point.
CREATE OR REPLACE MACRO trino_integer(x) AS CASE
    WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN round(try_cast(x AS DOUBLE))::BIGINT ELSE x::BIGINT
END;
CREATE OR REPLACE MACRO trino_try_integer(x) AS CASE
    WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN try_cast(round(try_cast(x AS DOUBLE)) AS BIGINT)
    WHEN typeof(x) <> 'VARCHAR' OR regexp_full_match(x::VARCHAR, '\s*[+-]?\d+\s*') THEN try_cast(x AS BIGINT)
END;
-- 1.0E0, -2.5E-3: the digits of DuckDB's text with the point behind the first.
CREATE OR REPLACE MACRO trino_double("text") AS CASE
    WHEN contains("text", 'nan') THEN 'NaN'
    WHEN contains("text", 'inf') THEN replace("text", 'inf', 'Infinity')
    ELSE list_transform(
        [{
            'sign': CASE WHEN starts_with("text", '-') THEN '-' ELSE '' END,
            'whole': ltrim(split_part(split_part("text", 'e', 1), '.', 1), '-'),
            'part': split_part(split_part("text", 'e', 1), '.', 2),
            'exponent': coalesce(try_cast(split_part("text", 'e', 2) AS INTEGER), 0)
        }],
        lambda n: CASE WHEN ltrim(n.whole || n.part, '0') = '' THEN n.sign || '0.0E0' ELSE concat(
            n.sign,
            ltrim(n.whole || n.part, '0')[1], '.',
            coalesce(nullif(rtrim(ltrim(n.whole || n.part, '0')[2:], '0'), ''), '0'), 'E',
            n.exponent + length(ltrim(n.whole || n.part, '0')) - length(n.part) - 1
        ) END
    )[1]
END;
-- When a session began, which is a time in CloudTrail Lake; AWS documents the form without
-- dashes, and writes the one with them.
CREATE OR REPLACE MACRO trino_creation_date("text") AS
    coalesce(TRY_CAST("text" AS TIMESTAMP), try_strptime("text", '%Y%m%dT%H%M%SZ'));
-- A time with its zone is a moment, whatever that zone is.
CREATE OR REPLACE MACRO trino_instant("time", zone) AS "time"::TIMESTAMPTZ;
-- An address: NULL for what is none, such as the name of a service.
CREATE OR REPLACE MACRO trino_ipaddress("text") AS CASE WHEN ip_number("text") IS NOT NULL THEN "text" END;
CREATE OR REPLACE MACRO trino_ip_in(address, cidr) AS CASE WHEN address IS NOT NULL THEN ip_in(address, cidr) END;
-- What a value is as text. The branches of other types are never run.
CREATE OR REPLACE MACRO trino_varchar("value") AS CASE typeof("value")
    WHEN 'TIMESTAMP' THEN strftime(try_cast("value"::VARCHAR AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(try_cast("value"::VARCHAR AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g UTC')
    WHEN 'DOUBLE' THEN trino_double("value"::VARCHAR)
    WHEN 'FLOAT' THEN trino_double("value"::VARCHAR)
    WHEN 'INTERVAL' THEN list_transform(
        [epoch_ms(try_cast("value"::VARCHAR AS INTERVAL))],
        lambda ms: printf(
            '%s%d %02d:%02d:%02d.%03d', CASE WHEN ms < 0 THEN '-' ELSE '' END,
            abs(ms) // 86400000, abs(ms) // 3600000 % 24, abs(ms) // 60000 % 60, abs(ms) // 1000 % 60, abs(ms) % 1000
        )
    )[1]
    WHEN 'JSON' THEN json_extract_string(try_cast("value"::VARCHAR AS JSON), '$')
    ELSE "value"::VARCHAR
END;
