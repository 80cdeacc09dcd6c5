-- The audit log as evidence: events are put into chains after they were committed, and how the log stands is signed.

-- A transaction has its id before it draws the number of an event. Whoever reads the log in order can then tell a number that
-- is still to come from one that never comes.
ALTER TABLE audit_events ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE audit_events_number OWNED BY audit_events.id;
SELECT setval('audit_events_number', coalesce(max(id), 0) + 1, false) FROM audit_events;
ALTER TABLE audit_events ALTER COLUMN id
    SET DEFAULT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('audit_events_number') END;
GRANT USAGE ON SEQUENCE audit_events_number TO nexus_app;

-- The number and the time of writing are the database's to say.
REVOKE INSERT ON audit_events FROM nexus_app;
GRANT INSERT (occurred_at, tenant_id, actor_type, actor_id, actor_role, event_type, outcome, resource_type, resource_id,
    request_id, ip_address, user_agent, metadata_json, error_code) ON audit_events TO nexus_app;

-- Signed statements of how the log stood.
CREATE TABLE audit_checkpoints (
    number         bigint PRIMARY KEY CHECK (number > 0),
    -- What is signed, byte for byte.
    body           text NOT NULL,
    public_key     text NOT NULL,
    signature      text NOT NULL,
    -- Every event up to this number is in a seal, or never came to be.
    settled        bigint NOT NULL,
    -- Events up to that checkpoint were removed with this one.
    pruned_through bigint CHECK (pruned_through < number),
    sealed_at      timestamptz NOT NULL DEFAULT now()
);

-- Blocks of the chains: one for each chain that had events between two checkpoints.
CREATE TABLE audit_seals (
    -- The tenant; '' for what concerns the platform.
    chain      text NOT NULL,
    first_seq  bigint NOT NULL CHECK (first_seq > 0),
    checkpoint bigint NOT NULL,
    -- The events, in the order of the chain, and the hash of each, 32 bytes.
    ids        bigint[] NOT NULL CHECK (cardinality(ids) > 0),
    leaves     bytea NOT NULL CHECK (length(leaves) = 32 * cardinality(ids)),
    min_id     bigint NOT NULL,
    max_id     bigint NOT NULL,
    -- The block before, and this one.
    previous   bytea NOT NULL CHECK (length(previous) = 32),
    head       bytea NOT NULL CHECK (length(head) = 32),
    -- Where this stands in the tree of its checkpoint.
    position   bigint NOT NULL,
    path       bytea NOT NULL CHECK (length(path) % 32 = 0),
    PRIMARY KEY (chain, first_seq)
);
CREATE INDEX audit_seals_checkpoint ON audit_seals (checkpoint, chain);
CREATE INDEX audit_seals_max_id ON audit_seals (max_id);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['audit_checkpoints', 'audit_seals']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY of_platform ON %I USING (nexus_platform()) WITH CHECK (nexus_platform())', t);
        EXECUTE format('GRANT SELECT ON %I TO nexus_app', t);
    END LOOP;
END
$$;
GRANT INSERT (number, body, public_key, signature, settled, pruned_through) ON audit_checkpoints TO nexus_app;
GRANT INSERT ON audit_seals TO nexus_app;

-- Removes what a checkpoint says is removed, and nothing that was sealed within the last day. The newest block of each chain
-- stays, so that the next one has something to follow.
CREATE FUNCTION nexus_prune_audit(through bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
DECLARE
    gone bigint;
BEGIN
    IF NOT public.nexus_platform()
        OR NOT EXISTS (SELECT FROM public.audit_checkpoints c WHERE c.pruned_through = through)
        OR NOT EXISTS (SELECT FROM public.audit_checkpoints c
                       WHERE c.number = through AND c.sealed_at < now() - interval '1 day')
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'the audit log is removed only after a day, and with a record of it';
    END IF;
    DELETE FROM public.audit_events e
        USING (SELECT unnest(ids) AS id FROM public.audit_seals WHERE checkpoint <= through) s WHERE e.id = s.id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM public.audit_seals s WHERE s.checkpoint <= through AND EXISTS (SELECT FROM public.audit_seals n
        WHERE n.chain = s.chain AND n.checkpoint <= through AND n.first_seq > s.first_seq);
    DELETE FROM public.audit_checkpoints c WHERE c.number < through;
    RETURN gone;
END
$$;
REVOKE EXECUTE ON FUNCTION nexus_prune_audit(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION nexus_prune_audit(bigint) TO nexus_app;

-- Records an event within a statement that changes something else, so that it needs no round trip of its own.
CREATE FUNCTION nexus_record_event(event jsonb) RETURNS bigint
    LANGUAGE sql
    AS $$
    WITH recorded AS (
        INSERT INTO audit_events (occurred_at, tenant_id, actor_type, actor_id, actor_role, event_type, outcome,
            resource_type, resource_id, request_id, ip_address, user_agent, metadata_json, error_code)
        SELECT (event ->> 'occurred_at')::timestamptz, event ->> 'tenant_id', event ->> 'actor_type', event ->> 'actor_id',
            event ->> 'actor_role', event ->> 'event_type', event ->> 'outcome', event ->> 'resource_type',
            event ->> 'resource_id', event ->> 'request_id', event ->> 'ip_address', event ->> 'user_agent',
            event -> 'metadata_json', event ->> 'error_code'
        WHERE event IS NOT NULL
        RETURNING id
    )
    SELECT count(*) FROM recorded
$$;
