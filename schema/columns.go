package schema

import "slices"

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
	// Rare says that few events have it. Rare leaves go through trail() together, as
	// one JSON object: to hand DuckDB a NULL costs as much as a short string.
	Rare bool
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

// NumColumns is the number of leaves of a record, numRare that of the rare ones.
const (
	NumColumns = 65
	numRare    = 20
)

// Columns lists every documented member of a CloudTrail record, so the one place
// to add a new one is here (and in load.sql). Sources: "CloudTrail record
// contents for management, data, and network activity events", "CloudTrail
// userIdentity element" and the members that AWS added since without a new
// eventVersion. Loading looks at the first eight, hence
// their order.
func Columns() [NumColumns]Column {
	return [NumColumns]Column{
		{"eventTime", Time, false},
		{"eventID", GUID, false},
		{"recipientAccountId", Text, false},
		{"userIdentity.accountId", Text, false},
		{"awsRegion", Text, false},
		{"eventCategory", Text, false},
		{"eventVersion", Text, false},
		{"eventName", Text, false},

		{"userIdentity.type", Text, false},
		{"userIdentity.principalId", Text, false},
		{"userIdentity.arn", Text, false},
		{"userIdentity.accessKeyId", Text, false},
		{"userIdentity.userName", Text, false},
		{"userIdentity.sessionContext.sessionIssuer.type", Text, false},
		{"userIdentity.sessionContext.sessionIssuer.principalId", Text, false},
		{"userIdentity.sessionContext.sessionIssuer.arn", Text, false},
		{"userIdentity.sessionContext.sessionIssuer.accountId", Text, false},
		{"userIdentity.sessionContext.sessionIssuer.userName", Text, false},
		{"userIdentity.sessionContext.webIdFederationData.federatedProvider", Text, true},
		{"userIdentity.sessionContext.webIdFederationData.attributes", Block, true},
		{"userIdentity.sessionContext.attributes.creationDate", Text, false},
		{"userIdentity.sessionContext.attributes.mfaAuthenticated", Text, false},
		{"userIdentity.sessionContext.sourceIdentity", Text, true},
		{"userIdentity.sessionContext.ec2RoleDelivery", Text, false},
		{"userIdentity.sessionContext.ec2IssuedInVpc", Text, true},
		{"userIdentity.sessionContext.assumedRoot", Text, true},
		{"userIdentity.sessionContext.signInSessionArn", Text, true},
		{"userIdentity.invokedBy", Text, false},
		{"userIdentity.invokedByDelegate.accountId", Text, true},
		{"userIdentity.onBehalfOf.userId", Text, true},
		{"userIdentity.onBehalfOf.identityStoreArn", Text, true},
		{"userIdentity.inScopeOf.sourceArn", Text, true},
		{"userIdentity.inScopeOf.sourceAccount", Text, true},
		{"userIdentity.inScopeOf.issuerType", Text, true},
		{"userIdentity.inScopeOf.credentialsIssuedTo", Text, true},
		{"userIdentity.credentialId", Text, true},
		{"userIdentity.identityProvider", Text, true},
		{"eventSource", Text, false},
		{"sourceIPAddress", Text, false},
		{"userAgent", Text, false},
		{"errorCode", Text, false},
		{"errorMessage", Text, false},
		{"requestParameters", Block, false},
		{"responseElements", Block, false},
		{"additionalEventData", Block, false},
		{"requestID", Text, false},
		{"eventType", Text, false},
		{"apiVersion", Text, false},
		{"managementEvent", Bool, false},
		{"readOnly", Bool, false},
		{"resources", Resources, false},
		{"serviceEventDetails", Block, false},
		{"sharedEventID", GUID, false},
		{"vpcEndpointId", Text, false},
		{"vpcEndpointAccountId", Text, false},
		{"addendum", Block, true},
		{"sessionCredentialFromConsole", Text, false},
		{"eventContext", Block, true},
		{"edgeDeviceDetails", Block, true},
		{"tlsDetails.tlsVersion", Text, false},
		{"tlsDetails.cipherSuite", Text, false},
		{"tlsDetails.clientProvidedHostHeader", Text, false},
		{"tlsDetails.keyExchange", Text, false},
		{"insightDetails", Block, true},
		{"annotation", Text, true},
	}
}

// Objects lists the objects in a record that have leaves inside, by their dotted paths: what
// the bits of [Event.Objects] stand for, from the lowest. load.sql has them by number.
func Objects() []string {
	var objects []string
	for _, c := range Columns() {
		for i := range c.Path {
			if c.Path[i] == '.' && !slices.Contains(objects, c.Path[:i]) {
				objects = append(objects, c.Path[:i])
			}
		}
	}
	return objects
}
