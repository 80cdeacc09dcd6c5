-- Where an object lies that is sealed is written down, so that two keys never write to one place. Nothing was sealed in a
-- store before: the table is empty.
ALTER TABLE sealed_objects
    ADD COLUMN path     text NOT NULL,
    -- Where the version before this one may still lie.
    ADD COLUMN old_path text,
    DROP COLUMN stale;

-- A rotation goes through one kind after the other, by name.
DROP INDEX sealed_objects_key;
CREATE INDEX sealed_objects_kind ON sealed_objects (tenant_id, kind, name);
