package schema

// Kind says how the JSON value of a leaf becomes a column.
type Kind uint8

const (
	// Text is a JSON string as VARCHAR; a number or a boolean where a string
	// is documented becomes its literal text.
	Text Kind = iota
	// Bool is a JSON boolean as BOOLEAN; the strings "true" and "false" count.
	Bool
	// Time is an RFC 3339 string as TIMESTAMP in UTC.
	Time
	// GUID is 8-4-4-4-12 hexadecimal digits as UUID; the version is not checked,
	// since CloudTrail sends versions 3 and 4.
	GUID
	// Block is any JSON value, kept as its JSON text.
	Block
	// Resources is the array resources[], handed on as JSON text and typed in
	// load.sql.
	Resources
)

// A Column is one leaf of a CloudTrail record: a place in the record whose value
// has a column of its own on the way into the store. Path is the dotted path of
// the member in the record. The name that load.sql uses is the Path with its
// dots as underscores, see [Column.Name].
type Column struct {
	Path string
	Kind Kind
}

// Name is the column's name in the table function trail().
func (c Column) Name() string {
	b := []byte(c.Path)
	for i := range b {
		if b[i] == '.' {
			b[i] = '_'
		}
	}
	return string(b)
}

// Indexes into [Columns] of the leaves that loading itself looks at.
const (
	ColEventTime = iota
	ColEventID
	ColRecipientAccountID
	ColAccountID
	ColAWSRegion
	ColEventCategory
	ColEventVersion
	ColEventName
)

// NumColumns is the number of leaves of a record.
const NumColumns = 65

// Columns lists every documented member of a CloudTrail record, so the one place
// to add a new one is here (and in load.sql). Sources: "CloudTrail record
// contents for management, data, and network activity events", "CloudTrail
// userIdentity element" and the members that AWS added since without a new
// eventVersion. Loading looks at the first eight, hence
// their order.
func Columns() [NumColumns]Column {
	return [NumColumns]Column{
		{"eventTime", Time},
		{"eventID", GUID},
		{"recipientAccountId", Text},
		{"userIdentity.accountId", Text},
		{"awsRegion", Text},
		{"eventCategory", Text},
		{"eventVersion", Text},
		{"eventName", Text},

		{"userIdentity.type", Text},
		{"userIdentity.principalId", Text},
		{"userIdentity.arn", Text},
		{"userIdentity.accessKeyId", Text},
		{"userIdentity.userName", Text},
		{"userIdentity.sessionContext.sessionIssuer.type", Text},
		{"userIdentity.sessionContext.sessionIssuer.principalId", Text},
		{"userIdentity.sessionContext.sessionIssuer.arn", Text},
		{"userIdentity.sessionContext.sessionIssuer.accountId", Text},
		{"userIdentity.sessionContext.sessionIssuer.userName", Text},
		{"userIdentity.sessionContext.webIdFederationData.federatedProvider", Text},
		{"userIdentity.sessionContext.webIdFederationData.attributes", Block},
		{"userIdentity.sessionContext.attributes.creationDate", Text},
		{"userIdentity.sessionContext.attributes.mfaAuthenticated", Text},
		{"userIdentity.sessionContext.sourceIdentity", Text},
		{"userIdentity.sessionContext.ec2RoleDelivery", Text},
		{"userIdentity.sessionContext.ec2IssuedInVpc", Text},
		{"userIdentity.sessionContext.assumedRoot", Text},
		{"userIdentity.sessionContext.signInSessionArn", Text},
		{"userIdentity.invokedBy", Text},
		{"userIdentity.invokedByDelegate.accountId", Text},
		{"userIdentity.onBehalfOf.userId", Text},
		{"userIdentity.onBehalfOf.identityStoreArn", Text},
		{"userIdentity.inScopeOf.sourceArn", Text},
		{"userIdentity.inScopeOf.sourceAccount", Text},
		{"userIdentity.inScopeOf.issuerType", Text},
		{"userIdentity.inScopeOf.credentialsIssuedTo", Text},
		{"userIdentity.credentialId", Text},
		{"userIdentity.identityProvider", Text},
		{"eventSource", Text},
		{"sourceIPAddress", Text},
		{"userAgent", Text},
		{"errorCode", Text},
		{"errorMessage", Text},
		{"requestParameters", Block},
		{"responseElements", Block},
		{"additionalEventData", Block},
		{"requestID", Text},
		{"eventType", Text},
		{"apiVersion", Text},
		{"managementEvent", Bool},
		{"readOnly", Bool},
		{"resources", Resources},
		{"serviceEventDetails", Block},
		{"sharedEventID", GUID},
		{"vpcEndpointId", Text},
		{"vpcEndpointAccountId", Text},
		{"addendum", Block},
		{"sessionCredentialFromConsole", Text},
		{"eventContext", Block},
		{"edgeDeviceDetails", Block},
		{"tlsDetails.tlsVersion", Text},
		{"tlsDetails.cipherSuite", Text},
		{"tlsDetails.clientProvidedHostHeader", Text},
		{"tlsDetails.keyExchange", Text},
		{"insightDetails", Block},
		{"annotation", Text},
	}
}
