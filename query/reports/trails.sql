-- title:  Changes to logging and detection
-- group:  Change
-- why:    who stopped, deleted or narrowed what watches: trails, event data stores, flow logs,
--         log groups, alarms, rules, GuardDuty, Security Hub (AWS Config: report config)
-- column: eventTime, eventName, actor, resource, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND (
            eventSource = 'cloudtrail.amazonaws.com' AND eventName IN (
                'AddTags', 'CreateChannel', 'CreateEventDataStore', 'CreateTrail', 'DeleteChannel',
                'DeleteEventDataStore', 'DeleteResourcePolicy', 'DeleteTrail',
                'DeregisterOrganizationDelegatedAdmin', 'DisableFederation', 'EnableFederation',
                'PutEventConfiguration', 'PutEventSelectors', 'PutInsightSelectors', 'PutResourcePolicy',
                'RegisterOrganizationDelegatedAdmin', 'RemoveTags', 'RestoreEventDataStore',
                'StartEventDataStoreIngestion', 'StartLogging', 'StopEventDataStoreIngestion', 'StopLogging',
                'UpdateChannel', 'UpdateEventDataStore', 'UpdateTrail'
            )
            OR eventSource = 'ec2.amazonaws.com' AND eventName IN ('CreateFlowLogs', 'DeleteFlowLogs')
            OR eventSource = 'route53resolver.amazonaws.com' AND eventName IN ('DeleteResolverQueryLogConfig', 'DisassociateResolverQueryLogConfig')
            OR eventSource = 'guardduty.amazonaws.com' AND eventName IN (
                'ArchiveFindings', 'CreateFilter', 'CreateIPSet', 'DeleteDetector', 'DeleteMembers',
                'DeletePublishingDestination', 'DisassociateFromAdministratorAccount',
                'DisassociateFromMasterAccount', 'DisassociateMembers', 'StopMonitoringMembers',
                'UpdateDetector', 'UpdateFilter', 'UpdateIPSet', 'UpdatePublishingDestination'
            )
            OR eventSource = 'securityhub.amazonaws.com' AND eventName IN (
                'BatchDisableStandards', 'BatchUpdateFindings', 'DeleteInsight', 'DeleteMembers',
                'DisableSecurityHub', 'DisassociateFromAdministratorAccount', 'DisassociateMembers'
            )
            OR eventSource = 'macie2.amazonaws.com' AND eventName IN ('DisableMacie')
            OR eventSource = 'access-analyzer.amazonaws.com' AND eventName IN ('DeleteAnalyzer')
            OR eventSource = 'logs.amazonaws.com' AND eventName IN (
                'DeleteDestination', 'DeleteLogGroup', 'DeleteLogStream', 'DeleteMetricFilter',
                'DeleteRetentionPolicy', 'DeleteSubscriptionFilter', 'PutRetentionPolicy'
            )
            OR eventSource = 'monitoring.amazonaws.com' AND eventName IN (
                'DeleteAlarms', 'DisableAlarmActions', 'PutMetricAlarm', 'SetAlarmState'
            )
            OR eventSource = 'events.amazonaws.com' AND eventName IN ('DeleteRule', 'DisableRule', 'RemoveTargets')
            OR eventSource = 's3.amazonaws.com' AND eventName IN ('PutBucketLogging')
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    coalesce(
        nullif(resource, ''),
        json_extract_string(parameters, '$.name'),
        json_extract_string(parameters, '$.detectorId'),
        json_extract_string(parameters, '$.logGroupName'),
        json_extract_string(parameters, '$.alarmNames'),
        json_extract_string(parameters, '$.alarmName'),
        json_extract_string(parameters, '$.rule'),
        json_extract_string(parameters, '$.eventDataStore'),
        json_extract_string(parameters, '$.DeleteFlowLogsRequest.FlowLogId.content'),
        json_extract_string(parameters, '$.CreateFlowLogsRequest.ResourceId.content')
    ) AS resource,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
