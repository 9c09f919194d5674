-- The way without trailbox, by ClickHouse: the columns of read_json.sql, typed, in a MergeTree.
-- It does less than a load, too: no derived columns, no unknown members, nothing to find
-- repeats or to give the files back with, and blocks of JSON are written anew.
--
-- Of the ways that were tried this takes the least: files come whole, so many in a block that
-- a block is worth taking apart. Its own JSON reader, by file(..., 'JSONEachRow', ...), takes
-- as long for large files, and three times as long for small ones, of which each has blocks
-- of its own; with LowCardinality in what it reads, fifteen times.
CREATE DATABASE trail;
CREATE TABLE trail.events (
    eventTime DateTime64(3, 'UTC'),
    eventName LowCardinality(String),
    eventSource LowCardinality(String),
    awsRegion LowCardinality(String),
    recipientAccountId LowCardinality(String),
    sourceIPAddress String,
    userAgent String,
    readOnly Bool,
    errorCode LowCardinality(String),
    errorMessage String,
    resources Array(Tuple(ARN String, ARNPrefix String, accountId String, type String)),
    userIdentity Tuple(type String, principalId String, arn String, accountId String, accessKeyId String, userName String, sessionContext Tuple(sessionIssuer Tuple(type String, principalId String, arn String, accountId String, userName String), webIdFederationData Tuple(federatedProvider String, attributes String), attributes Tuple(creationDate String, mfaAuthenticated String), sourceIdentity String, ec2RoleDelivery String, ec2IssuedInVpc String, assumedRoot String, signInSessionArn String), invokedBy String, invokedByDelegate Tuple(accountId String), onBehalfOf Tuple(userId String, identityStoreArn String), inScopeOf Tuple(sourceArn String, sourceAccount String, issuerType String, credentialsIssuedTo String), credentialId String, identityProvider String),
    requestParameters String,
    responseElements String,
    additionalEventData String,
    serviceEventDetails String,
    insightDetails String,
    addendum String,
    edgeDeviceDetails String,
    eventContext String,
    tlsDetails Tuple(tlsVersion String, cipherSuite String, clientProvidedHostHeader String, keyExchange String),
    eventVersion LowCardinality(String),
    eventType LowCardinality(String),
    eventCategory LowCardinality(String),
    managementEvent Bool,
    apiVersion String,
    requestID String,
    eventID UUID,
    sharedEventID UUID,
    vpcEndpointId String,
    vpcEndpointAccountId String,
    sessionCredentialFromConsole String,
    annotation String
) ENGINE = MergeTree ORDER BY tuple();
CREATE TABLE trail.files (file String) ENGINE = Null;
CREATE MATERIALIZED VIEW trail.load TO trail.events AS
SELECT
    record.eventTime AS eventTime,
    record.eventName AS eventName,
    record.eventSource AS eventSource,
    record.awsRegion AS awsRegion,
    record.recipientAccountId AS recipientAccountId,
    record.sourceIPAddress AS sourceIPAddress,
    record.userAgent AS userAgent,
    record.readOnly AS readOnly,
    record.errorCode AS errorCode,
    record.errorMessage AS errorMessage,
    record.resources AS resources,
    record.userIdentity AS userIdentity,
    record.requestParameters AS requestParameters,
    record.responseElements AS responseElements,
    record.additionalEventData AS additionalEventData,
    record.serviceEventDetails AS serviceEventDetails,
    record.insightDetails AS insightDetails,
    record.addendum AS addendum,
    record.edgeDeviceDetails AS edgeDeviceDetails,
    record.eventContext AS eventContext,
    record.tlsDetails AS tlsDetails,
    record.eventVersion AS eventVersion,
    record.eventType AS eventType,
    record.eventCategory AS eventCategory,
    record.managementEvent AS managementEvent,
    record.apiVersion AS apiVersion,
    record.requestID AS requestID,
    record.eventID AS eventID,
    record.sharedEventID AS sharedEventID,
    record.vpcEndpointId AS vpcEndpointId,
    record.vpcEndpointAccountId AS vpcEndpointAccountId,
    record.sessionCredentialFromConsole AS sessionCredentialFromConsole,
    record.annotation AS annotation
FROM trail.files ARRAY JOIN JSONExtract(file, 'Records', 'Array(Tuple(
        eventTime DateTime64(3, \'UTC\'),
        eventName String,
        eventSource String,
        awsRegion String,
        recipientAccountId String,
        sourceIPAddress String,
        userAgent String,
        readOnly Bool,
        errorCode String,
        errorMessage String,
        resources Array(Tuple(ARN String, ARNPrefix String, accountId String, type String)),
        userIdentity Tuple(type String, principalId String, arn String, accountId String, accessKeyId String, userName String, sessionContext Tuple(sessionIssuer Tuple(type String, principalId String, arn String, accountId String, userName String), webIdFederationData Tuple(federatedProvider String, attributes String), attributes Tuple(creationDate String, mfaAuthenticated String), sourceIdentity String, ec2RoleDelivery String, ec2IssuedInVpc String, assumedRoot String, signInSessionArn String), invokedBy String, invokedByDelegate Tuple(accountId String), onBehalfOf Tuple(userId String, identityStoreArn String), inScopeOf Tuple(sourceArn String, sourceAccount String, issuerType String, credentialsIssuedTo String), credentialId String, identityProvider String),
        requestParameters String,
        responseElements String,
        additionalEventData String,
        serviceEventDetails String,
        insightDetails String,
        addendum String,
        edgeDeviceDetails String,
        eventContext String,
        tlsDetails Tuple(tlsVersion String, cipherSuite String, clientProvidedHostHeader String, keyExchange String),
        eventVersion String,
        eventType String,
        eventCategory String,
        managementEvent Bool,
        apiVersion String,
        requestID String,
        eventID UUID,
        sharedEventID UUID,
        vpcEndpointId String,
        vpcEndpointAccountId String,
        sessionCredentialFromConsole String,
        annotation String
    ))') AS record;
INSERT INTO trail.files
SELECT raw_blob
FROM file('$folder/**/*.json.gz', 'RawBLOB', 'raw_blob String', 'gzip')
SETTINGS min_insert_block_size_bytes = 16777216, min_insert_block_size_rows = 1000000, max_insert_threads = $threads;
