-- The conditions of a lookup, one each, as in filter.sql. Those of LookupEvents'
-- attributes compare whole values, upper and lower case told apart.

-- filter: EventId
eventID = $EventId::UUID

-- filter: EventName
eventName = $EventName

-- filter: EventName of Insights
insightDetails ->> '$.eventName' = $EventName

-- filter: ReadOnly
readOnly = $ReadOnly::BOOLEAN

-- filter: Username
username = $Username

-- filter: ResourceType
len(list_filter(touched, lambda t: t."type" = $ResourceType)) > 0

-- filter: ResourceName
len(list_filter(touched, lambda t: t.name = $ResourceName)) > 0

-- filter: EventSource
eventSource = $EventSource

-- filter: EventSource of Insights
insightDetails ->> '$.eventSource' = $EventSource

-- filter: AccessKeyId
userIdentity.accessKeyId = $AccessKeyId

-- filter: start
eventTime >= $start

-- filter: end
eventTime <= $end

-- filter: after
-- Behind an event, in the order of lookup.sql. What the first line says is in the second
-- condition, too: it is what whole parts of events are left out by.
(eventTime <= $afterTime OR eventTime IS NULL)
AND (
    eventTime < $afterTime
    OR eventTime IS NULL
    OR eventID > $afterID::UUID
    OR ($afterID::UUID IS NOT NULL AND eventID IS NULL)
    OR (
        eventID IS NOT DISTINCT FROM $afterID::UUID
        AND (file > $afterFile OR file = $afterFile AND position > $afterPosition)
    )
)

-- filter: after one without a time
eventTime IS NULL
AND (
    eventID > $afterID::UUID
    OR ($afterID::UUID IS NOT NULL AND eventID IS NULL)
    OR (
        eventID IS NOT DISTINCT FROM $afterID::UUID
        AND (file > $afterFile OR file = $afterFile AND position > $afterPosition)
    )
)

-- filter: all but Insights
eventCategory IS DISTINCT FROM 'Insight'

-- filter: insight
eventCategory = 'Insight'

-- filter: management
-- Before eventVersion 1.07 there is no category.
coalesce(eventCategory, CASE WHEN managementEvent = false THEN 'Data' ELSE 'Management' END) = 'Management'

-- filter: data
coalesce(eventCategory, CASE WHEN managementEvent = false THEN 'Data' END) = 'Data'

-- filter: networkactivity
eventCategory = 'NetworkActivity'

-- filter: text
-- What is left out here has the word in none of its values, and in none of its names
-- and literals, which are in its skeleton. What is let through is looked at again.
shape IS NULL
OR shape IN (SELECT shape FROM shapes WHERE contains(lower(skeleton::VARCHAR), $text))
OR contains(lower(eventName), $text)
OR contains(lower(eventSource), $text)
OR contains(lower(awsRegion), $text)
OR contains(lower(recipientAccountId), $text)
OR contains(lower(sourceIPAddress), $text)
OR contains(lower(userAgent), $text)
OR contains(lower(errorCode), $text)
OR contains(lower(errorMessage), $text)
OR contains(lower(userIdentity."type"), $text)
OR contains(lower(userIdentity.principalId), $text)
OR contains(lower(userIdentity.arn), $text)
OR contains(lower(userIdentity.accountId), $text)
OR contains(lower(userIdentity.accessKeyId), $text)
OR contains(lower(userIdentity.userName), $text)
OR contains(lower(userIdentity.sessionContext.sessionIssuer."type"), $text)
OR contains(lower(userIdentity.sessionContext.sessionIssuer.principalId), $text)
OR contains(lower(userIdentity.sessionContext.sessionIssuer.arn), $text)
OR contains(lower(userIdentity.sessionContext.sessionIssuer.accountId), $text)
OR contains(lower(userIdentity.sessionContext.sessionIssuer.userName), $text)
OR contains(lower(userIdentity.sessionContext.webIdFederationData.federatedProvider), $text)
OR contains(lower(userIdentity.sessionContext.webIdFederationData.attributes), $text)
OR contains(lower(userIdentity.sessionContext.attributes.creationDate), $text)
OR contains(lower(userIdentity.sessionContext.attributes.mfaAuthenticated), $text)
OR contains(lower(userIdentity.sessionContext.sourceIdentity), $text)
OR contains(lower(userIdentity.sessionContext.ec2RoleDelivery), $text)
OR contains(lower(userIdentity.sessionContext.ec2IssuedInVpc), $text)
OR contains(lower(userIdentity.sessionContext.assumedRoot), $text)
OR contains(lower(userIdentity.sessionContext.signInSessionArn), $text)
OR contains(lower(userIdentity.invokedBy), $text)
OR contains(lower(userIdentity.invokedByDelegate.accountId), $text)
OR contains(lower(userIdentity.onBehalfOf.userId), $text)
OR contains(lower(userIdentity.onBehalfOf.identityStoreArn), $text)
OR contains(lower(userIdentity.inScopeOf.sourceArn), $text)
OR contains(lower(userIdentity.inScopeOf.sourceAccount), $text)
OR contains(lower(userIdentity.inScopeOf.issuerType), $text)
OR contains(lower(userIdentity.inScopeOf.credentialsIssuedTo), $text)
OR contains(lower(userIdentity.credentialId), $text)
OR contains(lower(userIdentity.identityProvider), $text)
OR contains(lower(tlsDetails.tlsVersion), $text)
OR contains(lower(tlsDetails.cipherSuite), $text)
OR contains(lower(tlsDetails.clientProvidedHostHeader), $text)
OR contains(lower(tlsDetails.keyExchange), $text)
OR contains(lower(eventVersion), $text)
OR contains(lower(eventType), $text)
OR contains(lower(eventCategory), $text)
OR contains(lower(apiVersion), $text)
OR contains(lower(requestID), $text)
OR contains(lower(vpcEndpointId), $text)
OR contains(lower(vpcEndpointAccountId), $text)
OR contains(lower(sessionCredentialFromConsole), $text)
OR contains(lower(annotation), $text)
OR contains(lower(insightDetails), $text)
OR contains(lower(addendum), $text)
OR contains(lower(edgeDeviceDetails), $text)
OR contains(lower(eventContext), $text)
OR contains(lower(unknown), $text)
OR contains(lower(resources::VARCHAR), $text)
OR contains(lower(requestParameters), $text)
OR contains(lower(responseElements), $text)
OR contains(lower(additionalEventData), $text)
OR contains(lower(serviceEventDetails), $text)
OR contains(strftime(eventTime, '%Y-%m-%dt%H:%M:%Sz'), $text)
OR contains(eventID::VARCHAR, $text)
OR contains(sharedEventID::VARCHAR, $text)
