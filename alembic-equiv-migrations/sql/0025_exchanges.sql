-- What runs write down, many at a time: questions and answers of different tenants in one statement, which is a transaction of its own.
-- Each is written inside its tenant, so that row-level security holds as everywhere. Doing it twice changes nothing, so that whoever lost
-- the connection may do it again.

-- A function in SQL that changes rows is planned at every call.
CREATE OR REPLACE FUNCTION nexus_record_event(event jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF event IS NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO audit_events (occurred_at, tenant_id, actor_type, actor_id, actor_role, event_type, outcome,
        resource_type, resource_id, request_id, ip_address, user_agent, metadata_json, error_code)
    VALUES ((event ->> 'occurred_at')::timestamptz, event ->> 'tenant_id', event ->> 'actor_type', event ->> 'actor_id',
        event ->> 'actor_role', event ->> 'event_type', event ->> 'outcome', event ->> 'resource_type',
        event ->> 'resource_id', event ->> 'request_id', event ->> 'ip_address', event ->> 'user_agent',
        event -> 'metadata_json', event ->> 'error_code');
    RETURN 1;
END
$$;

-- Gives what was said before each question, the newest first. Sessions are taken in one order, so that two statements that
-- have some in common do not wait for each other in a circle.
CREATE FUNCTION nexus_keep_exchanges(entries jsonb) RETURNS TABLE (entry_number int, speaker text, said text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    e record;
BEGIN
    FOR e IN
        SELECT * FROM jsonb_to_recordset(entries) AS x (number int, tenant text, id uuid, user_id text, session_id text,
            run_id text, at timestamptz, question text, turns int, answer text, citations jsonb, corpus_id text, state jsonb,
            bill jsonb, receipt jsonb)
        ORDER BY x.tenant, x.user_id, x.session_id, x.id
    LOOP
        PERFORM set_config('nexus.tenant', e.tenant, true);
        IF e.question IS NOT NULL THEN
            INSERT INTO sessions (tenant_id, user_id, id, created_at, last_seen_at)
            VALUES (e.tenant, e.user_id, e.session_id, e.at, e.at)
            ON CONFLICT (tenant_id, user_id, id) DO UPDATE SET last_seen_at = excluded.last_seen_at;
            INSERT INTO messages (tenant_id, id, user_id, session_id, run_id, role, content, created_at)
            VALUES (e.tenant, e.id, e.user_id, e.session_id, e.run_id, 'user', e.question, e.at)
            ON CONFLICT (tenant_id, id) DO NOTHING;
            RETURN QUERY SELECT e.number, m.role, m.content FROM messages m
                WHERE m.tenant_id = e.tenant AND m.user_id = e.user_id AND m.session_id = e.session_id AND m.id <> e.id
                ORDER BY m.id DESC LIMIT e.turns;
        ELSE
            INSERT INTO messages (tenant_id, id, user_id, session_id, run_id, role, content, citations_json, created_at)
            VALUES (e.tenant, e.id, e.user_id, e.session_id, e.run_id, 'assistant', e.answer, e.citations, e.at)
            ON CONFLICT (tenant_id, id) DO NOTHING;
            IF FOUND THEN
                INSERT INTO checkpoints (tenant_id, id, run_id, user_id, session_id, corpus_id, state_json, created_at)
                VALUES (e.tenant, e.id, e.run_id, e.user_id, e.session_id, e.corpus_id, e.state, e.at);
                PERFORM nexus_record_costs(e.bill);
                PERFORM nexus_record_event(e.receipt);
            END IF;
        END IF;
    END LOOP;
END
$$;
