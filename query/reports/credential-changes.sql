-- title:  Changes to credentials
-- group:  Change
-- why:    new and changed ways in: users, access keys, passwords, MFA devices, SSH keys,
--         certificates; what came of a new key, trailbox report what --actor KEY tells
-- column: eventTime, eventName, actor, resource, status, error, sourceIPAddress
WITH matching AS (
    SELECT
        /* details */ *
    FROM events
    WHERE /* filters */ true
        AND (
            eventSource = 'iam.amazonaws.com' AND eventName IN (
                'ChangePassword', 'CreateAccessKey', 'CreateLoginProfile', 'CreateServiceSpecificCredential',
                'CreateUser', 'CreateVirtualMFADevice', 'DeactivateMFADevice', 'DeleteAccessKey',
                'DeleteAccountPasswordPolicy', 'DeleteLoginProfile', 'DeleteSSHPublicKey',
                'DeleteServerCertificate', 'DeleteServiceSpecificCredential', 'DeleteSigningCertificate',
                'DeleteUser', 'DeleteVirtualMFADevice', 'EnableMFADevice', 'ResetServiceSpecificCredential',
                'ResyncMFADevice', 'UpdateAccessKey', 'UpdateAccountPasswordPolicy', 'UpdateLoginProfile',
                'UpdateSSHPublicKey', 'UpdateServerCertificate', 'UpdateServiceSpecificCredential',
                'UpdateSigningCertificate', 'UpdateUser', 'UploadSSHPublicKey', 'UploadServerCertificate',
                'UploadSigningCertificate'
            )
            OR eventSource = 'signin.amazonaws.com' AND eventName IN (
                'EmailUpdated', 'PasswordRecoveryCompleted', 'PasswordRecoveryRequested', 'PasswordUpdated'
            )
            OR eventSource IN ('sso.amazonaws.com', 'sso-directory.amazonaws.com', 'identitystore.amazonaws.com') AND eventName IN (
                'CompleteVirtualMfaDeviceRegistration', 'CompleteWebAuthnDeviceRegistration',
                'CreateBearerToken', 'CreateUser', 'DeleteBearerToken', 'DeleteMfaDeviceForUser', 'DeleteUser',
                'DisableUser', 'EnableUser', 'ResetPassword', 'StartVirtualMfaDeviceRegistration',
                'StartWebAuthnDeviceRegistration', 'UpdateMfaDeviceForUser', 'UpdatePassword', 'UpdateUser',
                'VerifyEmail'
            )
            OR eventSource = 'ec2.amazonaws.com' AND eventName IN ('CreateKeyPair', 'DeleteKeyPair', 'ImportKeyPair')
            OR eventSource = 'ec2-instance-connect.amazonaws.com' AND eventName IN ('SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey')
        )
)
SELECT
    eventTime,
    eventName,
    actor,
    resource,
    coalesce(
        json_extract_string(parameters, '$.status'), -- Active, Inactive
        json_extract_string(response, '$.accessKey.status')
    ) AS status,
    error,
    sourceIPAddress
FROM matching
ORDER BY eventTime, eventID, file, position;
