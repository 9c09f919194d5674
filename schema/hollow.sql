-- For a store that has events of before objects which a record lacks were NULL, behind the
-- definitions of all stores. These have structs of NULLs for those in userIdentity: here is
-- NULL in their place. A member takes longer to read by it, since others are too.
CREATE OR REPLACE MACRO present_issuer(o) AS CASE
    WHEN coalesce((o)."type", (o).principalId, (o).arn, (o).accountId, (o).userName) IS NOT NULL THEN o
END;
CREATE OR REPLACE MACRO present_web_identity(o) AS CASE
    WHEN coalesce((o).federatedProvider, (o).attributes) IS NOT NULL THEN o
END;
CREATE OR REPLACE MACRO present_attributes(o) AS CASE
    WHEN coalesce((o).creationDate, (o).mfaAuthenticated) IS NOT NULL THEN o
END;
CREATE OR REPLACE MACRO present_session(o) AS CASE
    WHEN present_issuer((o).sessionIssuer) IS NOT NULL
        OR present_web_identity((o).webIdFederationData) IS NOT NULL
        OR present_attributes((o).attributes) IS NOT NULL
        OR coalesce((o).sourceIdentity, (o).ec2RoleDelivery, (o).ec2IssuedInVpc, (o).assumedRoot, (o).signInSessionArn) IS NOT NULL
    THEN struct_update(
        o,
        sessionIssuer := present_issuer((o).sessionIssuer),
        webIdFederationData := present_web_identity((o).webIdFederationData),
        attributes := present_attributes((o).attributes)
    )
END;
CREATE OR REPLACE MACRO present_delegate(o) AS CASE WHEN (o).accountId IS NOT NULL THEN o END;
CREATE OR REPLACE MACRO present_on_behalf_of(o) AS CASE
    WHEN coalesce((o).userId, (o).identityStoreArn) IS NOT NULL THEN o
END;
CREATE OR REPLACE MACRO present_scope(o) AS CASE
    WHEN coalesce((o).sourceArn, (o).sourceAccount, (o).issuerType, (o).credentialsIssuedTo) IS NOT NULL THEN o
END;
CREATE OR REPLACE MACRO present_identity(o) AS CASE
    WHEN coalesce(
            (o)."type", (o).principalId, (o).arn, (o).accountId, (o).accessKeyId, (o).userName,
            (o).invokedBy, (o).credentialId, (o).identityProvider
        ) IS NOT NULL
        OR present_session((o).sessionContext) IS NOT NULL
        OR present_delegate((o).invokedByDelegate) IS NOT NULL
        OR present_on_behalf_of((o).onBehalfOf) IS NOT NULL
        OR present_scope((o).inScopeOf) IS NOT NULL
    THEN struct_update(
        o,
        sessionContext := present_session((o).sessionContext),
        invokedByDelegate := present_delegate((o).invokedByDelegate),
        onBehalfOf := present_on_behalf_of((o).onBehalfOf),
        inScopeOf := present_scope((o).inScopeOf)
    )
END;
CREATE OR REPLACE MACRO present_tls(o) AS CASE
    WHEN coalesce((o).tlsVersion, (o).cipherSuite, (o).clientProvidedHostHeader, (o).keyExchange) IS NOT NULL THEN o
END;
CREATE OR REPLACE MACRO shown_identity(o) AS present_identity(o);
