INSERT INTO verifications
SELECT
    coalesce((SELECT max(verification) FROM verifications), 0) + 1,
    $started,
    $finished,
    $version,
    $scope,
    $summary
RETURNING verification
