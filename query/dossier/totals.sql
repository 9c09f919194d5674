-- What the events of a case are, in one row.
SELECT
    count(*) AS events,
    count(*) FILTER (WHERE /* write */ true) AS writes,
    count(*) FILTER (WHERE errored) AS errors,
    count(*) FILTER (WHERE eventTime IS NULL) AS timeless,
    min(eventTime) AS first,
    max(eventTime) AS last,
    count(DISTINCT actor) AS actors,
    count(DISTINCT /* account */ recipientAccountId) AS accounts,
    count(DISTINCT awsRegion) AS regions,
    count(DISTINCT sourceIPAddress) AS addresses,
    count(DISTINCT nullif(userIdentity.accessKeyId, '')) AS keys,
    list_sort(list(DISTINCT struct_pack(account := /* account */ recipientAccountId, region := awsRegion))) AS places,
    list_sort(list(DISTINCT actor))[:3] AS actorNames,
    list_sort(list(DISTINCT /* account */ recipientAccountId))[:3] AS accountNames,
    list_sort(list(DISTINCT awsRegion))[:3] AS regionNames,
    list_sort(list(DISTINCT sourceIPAddress))[:3] AS addressNames,
    list_sort(list(DISTINCT nullif(userIdentity.accessKeyId, '')))[:3] AS keyNames
FROM events
WHERE /* filters */ true;
