-- Tables of a real Trino over the records as they are delivered, a line each, with the types
-- that Athena's and CloudTrail Lake's documentation give them. Nothing of trailbox is in them.
CREATE SCHEMA IF NOT EXISTS default;

-- "Create a table for CloudTrail logs in Athena".
CREATE TABLE delivered (
    eventversion varchar,
    useridentity row(
        type varchar, principalid varchar, arn varchar, accountid varchar, invokedby varchar, accesskeyid varchar, username varchar,
        onbehalfof row(userid varchar, identitystorearn varchar),
        sessioncontext row(
            attributes row(mfaauthenticated varchar, creationdate varchar),
            sessionissuer row(type varchar, principalid varchar, arn varchar, accountid varchar, username varchar),
            ec2roledelivery varchar,
            webidfederationdata row(federatedprovider varchar, attributes map(varchar, varchar))
        )
    ),
    eventtime varchar,
    eventsource varchar,
    eventname varchar,
    awsregion varchar,
    sourceipaddress varchar,
    useragent varchar,
    errorcode varchar,
    errormessage varchar,
    requestparameters varchar,
    responseelements varchar,
    additionaleventdata varchar,
    requestid varchar,
    eventid varchar,
    resources array(row(arn varchar, accountid varchar, type varchar)),
    eventtype varchar,
    apiversion varchar,
    readonly varchar,
    recipientaccountid varchar,
    serviceeventdetails varchar,
    sharedeventid varchar,
    vpcendpointid varchar,
    vpcendpointaccountid varchar,
    eventcategory varchar,
    addendum row(reason varchar, updatedfields varchar, originalrequestid varchar, originaleventid varchar),
    sessioncredentialfromconsole varchar,
    edgedevicedetails varchar,
    tlsdetails row(tlsversion varchar, ciphersuite varchar, clientprovidedhostheader varchar)
)
WITH (format = 'OPENX_JSON', external_location = 'local:///logs');

-- With the columns that such tables are partitioned by. It is stored anew, so that the JSON
-- is read once.
CREATE TABLE cloudtrail_logs WITH (format = 'ORC') AS
SELECT
    *,
    recipientaccountid AS account,
    awsregion AS region,
    substr(eventtime, 1, 4) AS year,
    substr(eventtime, 6, 2) AS month,
    substr(eventtime, 9, 2) AS day,
    replace(substr(eventtime, 1, 10), '-', '/') AS timestamp,
    recipientaccountid AS account_id,
    recipientaccountid AS account_partition,
    recipientaccountid AS p_account,
    awsregion AS region_partition,
    awsregion AS p_region,
    replace(substr(eventtime, 1, 10), '-', '/') AS date_partition,
    replace(substr(eventtime, 1, 10), '-', '/') AS p_date,
    replace(substr(eventtime, 1, 10), '-', '/') AS dt
FROM delivered;

-- "Supported SQL schemas for event data stores".
CREATE TABLE delivered_to_lake (
    eventversion varchar,
    useridentity row(
        type varchar, principalid varchar, arn varchar, accountid varchar, accesskeyid varchar, username varchar,
        sessioncontext row(
            attributes row(creationdate timestamp, mfaauthenticated varchar),
            sessionissuer row(type varchar, principalid varchar, arn varchar, accountid varchar, username varchar),
            webidfederationdata row(federatedprovider varchar, attributes map(varchar, varchar)),
            sourceidentity varchar, ec2roledelivery varchar, ec2issuedinvpc varchar
        ),
        invokedby varchar,
        identityprovider varchar
    ),
    eventtime timestamp,
    eventsource varchar,
    eventname varchar,
    awsregion varchar,
    sourceipaddress varchar,
    useragent varchar,
    errorcode varchar,
    errormessage varchar,
    requestparameters map(varchar, varchar),
    responseelements map(varchar, varchar),
    additionaleventdata map(varchar, varchar),
    requestid varchar,
    eventid varchar,
    readonly boolean,
    resources array(row(accountid varchar, type varchar, arn varchar, arnprefix varchar)),
    eventtype varchar,
    apiversion varchar,
    managementevent boolean,
    recipientaccountid varchar,
    sharedeventid varchar,
    annotation varchar,
    vpcendpointid varchar,
    vpcendpointaccountid varchar,
    serviceeventdetails map(varchar, varchar),
    addendum map(varchar, varchar),
    edgedevicedetails map(varchar, varchar),
    insightdetails map(varchar, varchar),
    eventcategory varchar,
    tlsdetails row(tlsversion varchar, ciphersuite varchar, clientprovidedhostheader varchar),
    sessioncredentialfromconsole varchar,
    eventcontext varchar
)
WITH (format = 'OPENX_JSON', external_location = 'local:///logs');

CREATE TABLE cloudtrail_lake WITH (format = 'ORC') AS SELECT * FROM delivered_to_lake;
