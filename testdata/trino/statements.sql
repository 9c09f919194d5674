SELECT 1 FROM cloudtrail_logs
