-- Deliveries that are not done, in the order in which they were decided on.
SELECT
    deliveries.notice AS id,
    deliveries.receiver,
    deliveries.attempts,
    deliveries.due,
    notices.made,
    coalesce(deliveries.error, '') AS error,
    notices.message
FROM deliveries
JOIN notices USING (notice)
WHERE deliveries.done IS NULL
ORDER BY notices.number, deliveries.receiver
