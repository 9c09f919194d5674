-- An event is of a session by its key, or, if it has none, by its ARN and when its session was
-- created, or by the session of the access portal.
(
    userIdentity.accessKeyId IN (SELECT unnest($sessionKeys::VARCHAR[]))
    OR coalesce(userIdentity.accessKeyId, '') = ''
    AND (
        userIdentity.arn || ' ' || userIdentity.sessionContext.attributes.creationDate IN (SELECT unnest($keylessSessions::VARCHAR[]))
        OR userIdentity.credentialId IN (SELECT unnest($sessions::VARCHAR[]))
    )
)
