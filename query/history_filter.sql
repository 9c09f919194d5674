-- What a history goes by besides filters: conditions, and where a page begins.

-- filter: user-name
-- As LookupEvents compares it.
username = $value

-- filter: resource-type
len(list_filter(touched, lambda t: t."type" = $value)) > 0

-- filter: request-id
requestID = $value

-- filter: shared-event-id
sharedEventID = try_cast($value AS UUID)

-- filter: event-id
eventID = try_cast($value AS UUID)

-- filter: place
-- Where it was first read from, or where it is repeated.
(file = $file AND position = $position)
OR (file, position) IN (SELECT (firstFile, firstPosition) FROM repeats WHERE file = $file AND position = $position)

-- filter: before
-- The other way than "after" in lookup_filter.sql.
eventTime >= $afterTime
AND (
    eventTime > $afterTime
    OR eventID < $afterID::UUID
    OR ($afterID::UUID IS NULL AND eventID IS NOT NULL)
    OR (
        eventID IS NOT DISTINCT FROM $afterID::UUID
        AND (file < $afterFile OR (file = $afterFile AND position < $afterPosition))
    )
)

-- filter: before one without a time
eventTime IS NOT NULL
OR eventID < $afterID::UUID
OR ($afterID::UUID IS NULL AND eventID IS NOT NULL)
OR (
    eventID IS NOT DISTINCT FROM $afterID::UUID
    AND (file < $afterFile OR (file = $afterFile AND position < $afterPosition))
)

-- filter: newest first
eventTime DESC NULLS LAST, eventID NULLS LAST, file, position

-- filter: oldest first
-- The same from its end.
eventTime NULLS FIRST, eventID DESC NULLS FIRST, file DESC, position DESC
