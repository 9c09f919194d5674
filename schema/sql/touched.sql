-- touched(resources, requestParameters, responseElements): the resources that a
-- record names, as a list of type and name.
--
-- Most records of EC2 and IAM have no resources[]: what they were about stands
-- only in the parameters, in a member that each service names in its own way.
CREATE OR REPLACE TEMP MACRO touched_rules() AS [
    {'member': '$.bucketName', 'type': 'AWS::S3::Bucket'},
    {'member': '$.userName', 'type': 'AWS::IAM::User'},
    {'member': '$.roleName', 'type': 'AWS::IAM::Role'},
    {'member': '$.roleArn', 'type': 'AWS::IAM::Role'},
    {'member': '$.policyArn', 'type': 'AWS::IAM::Policy'},
    {'member': '$.instanceProfileName', 'type': 'AWS::IAM::InstanceProfile'},
    {'member': '$.accessKeyId', 'type': 'AWS::IAM::AccessKey'},
    {'member': '$.instanceId', 'type': 'AWS::EC2::Instance'},
    {'member': '$.groupId', 'type': 'AWS::EC2::SecurityGroup'},
    {'member': '$.vpcId', 'type': 'AWS::EC2::VPC'},
    {'member': '$.subnetId', 'type': 'AWS::EC2::Subnet'},
    {'member': '$.volumeId', 'type': 'AWS::EC2::Volume'},
    {'member': '$.snapshotId', 'type': 'AWS::EC2::Snapshot'},
    {'member': '$.imageId', 'type': 'AWS::EC2::Image'},
    {'member': '$.keyName', 'type': 'AWS::EC2::KeyPair'},
    {'member': '$.keyId', 'type': 'AWS::KMS::Key'},
    {'member': '$.functionName', 'type': 'AWS::Lambda::Function'},
    {'member': '$.dBInstanceIdentifier', 'type': 'AWS::RDS::DBInstance'},
    {'member': '$.dBClusterIdentifier', 'type': 'AWS::RDS::DBCluster'},
    {'member': '$.tableName', 'type': 'AWS::DynamoDB::Table'},
    {'member': '$.topicArn', 'type': 'AWS::SNS::Topic'},
    {'member': '$.queueUrl', 'type': 'AWS::SQS::Queue'},
    {'member': '$.secretId', 'type': 'AWS::SecretsManager::Secret'},
    {'member': '$.trailName', 'type': 'AWS::CloudTrail::Trail'},
    {'member': '$.logGroupName', 'type': 'AWS::Logs::LogGroup'},
    {'member': '$.stackName', 'type': 'AWS::CloudFormation::Stack'},
    {'member': '$.detectorId', 'type': 'AWS::GuardDuty::Detector'}
];

CREATE OR REPLACE TEMP MACRO touched_instances(block) AS
    CASE WHEN block LIKE '%"instancesSet"%' THEN
        list_transform(
            json_extract_string(block, '$.instancesSet.items[*].instanceId'),
            lambda id: {'type': 'AWS::EC2::Instance', 'name': id}
        )
    END;

CREATE OR REPLACE TEMP MACRO touched(resources, requestParameters, responseElements) AS
    -- Sorted, since distinct leaves no order: the same record gives the same list.
    list_sort(list_distinct(list_filter(
        list_concat(
            list_transform(resources, lambda r: {'type': r.type, 'name': coalesce(r.ARN, r.ARNPrefix)}),
            -- The list of members is folded to a constant, so each block is parsed once.
            CASE WHEN requestParameters IS NOT NULL THEN
                list_transform(
                    list_zip(
                        list_transform(touched_rules(), lambda r: r.type),
                        json_extract_string(requestParameters, list_transform(touched_rules(), lambda r: r.member))
                    ),
                    lambda r: {'type': r[1], 'name': r[2]}
                )
            END,
            touched_instances(requestParameters),
            touched_instances(responseElements)
        ),
        lambda r: r.name IS NOT NULL AND r.name <> ''
    )));
