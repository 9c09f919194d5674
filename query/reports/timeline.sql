-- title:  Everything, in order
-- why:    one actor, resource or address, event by event; error is what CloudTrail
--         says of a failure in any of its ways
-- group:  Questions
-- needs:  actor, resource, source-ip, event-name
-- column: eventTime, service, eventName, actor, resources, sourceIPAddress, error
SELECT
    eventTime,
    regexp_replace(eventSource, '[.]amazonaws[.]com$', '') AS service, -- room for the other columns
    eventName,
    actor,
    array_to_string(list_transform(touched, lambda t: t.name), ', ') AS resources,
    sourceIPAddress,
    /* error */ errorCode AS error
FROM events
WHERE /* filters */ true
ORDER BY eventTime, eventID, file, position;
