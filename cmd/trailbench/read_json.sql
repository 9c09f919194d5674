-- The way without trailbox: DuckDB reads the log files, and takes the members of a
-- record that have columns in events, of the same types. It does less than a load:
-- no derived columns, no unknown members, nothing to find repeats or to give the
-- files back with.
CREATE TABLE events AS
SELECT record.*
FROM (
    SELECT unnest(Records) AS record
    FROM read_json(
        $1,
        format = 'newline_delimited', -- as AWS writes them, and the quickest of DuckDB's ways: a file is one line
        columns = {
            Records: 'STRUCT(
                eventTime TIMESTAMP,
                eventName VARCHAR,
                eventSource VARCHAR,
                awsRegion VARCHAR,
                recipientAccountId VARCHAR,
                sourceIPAddress VARCHAR,
                userAgent VARCHAR,
                readOnly BOOLEAN,
                errorCode VARCHAR,
                errorMessage VARCHAR,
                resources STRUCT(ARN VARCHAR, ARNPrefix VARCHAR, accountId VARCHAR, "type" VARCHAR)[],
                userIdentity STRUCT(
                    "type" VARCHAR,
                    principalId VARCHAR,
                    arn VARCHAR,
                    accountId VARCHAR,
                    accessKeyId VARCHAR,
                    userName VARCHAR,
                    sessionContext STRUCT(
                        sessionIssuer STRUCT("type" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR),
                        webIdFederationData STRUCT(federatedProvider VARCHAR, attributes JSON),
                        attributes STRUCT(creationDate VARCHAR, mfaAuthenticated VARCHAR),
                        sourceIdentity VARCHAR,
                        ec2RoleDelivery VARCHAR,
                        ec2IssuedInVpc VARCHAR,
                        assumedRoot VARCHAR,
                        signInSessionArn VARCHAR
                    ),
                    invokedBy VARCHAR,
                    invokedByDelegate STRUCT(accountId VARCHAR),
                    onBehalfOf STRUCT(userId VARCHAR, identityStoreArn VARCHAR),
                    inScopeOf STRUCT(sourceArn VARCHAR, sourceAccount VARCHAR, issuerType VARCHAR, credentialsIssuedTo VARCHAR),
                    credentialId VARCHAR,
                    identityProvider VARCHAR
                ),
                requestParameters JSON,
                responseElements JSON,
                additionalEventData JSON,
                serviceEventDetails JSON,
                insightDetails JSON,
                addendum JSON,
                edgeDeviceDetails JSON,
                eventContext JSON,
                tlsDetails STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR, clientProvidedHostHeader VARCHAR, keyExchange VARCHAR),
                eventVersion VARCHAR,
                eventType VARCHAR,
                eventCategory VARCHAR,
                managementEvent BOOLEAN,
                apiVersion VARCHAR,
                requestID VARCHAR,
                eventID UUID,
                sharedEventID UUID,
                vpcEndpointId VARCHAR,
                vpcEndpointAccountId VARCHAR,
                sessionCredentialFromConsole VARCHAR,
                annotation VARCHAR
            )[]'
        },
        compression = 'gzip',
        -- That line is at most 50 MB in what AWS delivers.
        maximum_object_size = 134217728
    )
);
