-- Hub: two databases may stand under one device, when a disk was copied. Each log reconciles by itself
-- after the hub was put back.
ALTER TABLE device_log ADD COLUMN reconciling INTEGER NOT NULL DEFAULT 0;
UPDATE device_log SET reconciling =
    coalesce((SELECT device.reconciling FROM device WHERE device.id = device_log.device), 0);
