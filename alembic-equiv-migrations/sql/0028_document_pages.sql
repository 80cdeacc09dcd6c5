-- A page of the documents that a caller may read, oldest first, from a place on: one statement that is a transaction of its own,
-- planned once for each connection. It acts inside the tenant that it is told, so that row-level security holds as everywhere.
--
-- It looks at the next documents one by one, and at more of them each time: whoever may read much soon has a page. Whoever may read
-- little has few grants, and gets the rest from what they name; without that the way to a full page could be as long as the list.
DO $make$
DECLARE
    page text := $page$
CREATE FUNCTION %1$I(p_tenant text, p_names text[], p_now timestamptz, p_path text, p_vars jsonb, p_after timestamptz,
    p_after_id text, p_limit bigint, p_corpus text) RETURNS SETOF documents
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    AS $$
DECLARE
    ahead bigint := 4 * p_limit;
    looks int := 0;
    n bigint;
BEGIN
    PERFORM set_config('nexus.tenant', p_tenant, true);
    p_after := coalesce(p_after, '-infinity');
    LOOP
        RETURN QUERY SELECT d.* FROM (
                SELECT * FROM documents w WHERE (w.created_at, w.id) > (p_after, p_after_id) %2$s
                ORDER BY w.created_at, w.id LIMIT ahead) d
            WHERE (p_names IS NULL
                OR d.corpus_id IN (SELECT g.corpus_id FROM corpus_permissions g
                                   WHERE g.principal = ANY(p_names) AND (g.expires_at IS NULL OR g.expires_at > p_now))
                OR EXISTS (SELECT FROM document_permissions g WHERE g.document_id = d.id AND g.principal = ANY(p_names)
                           AND (g.expires_at IS NULL OR g.expires_at > p_now) OFFSET 0))
                AND (p_path IS NULL
                OR jsonb_path_match(nexus_attributes(ROW(d.*)::documents), (SELECT p_path::jsonpath), p_vars, true))
            ORDER BY d.created_at, d.id LIMIT p_limit;
        GET DIAGNOSTICS n = ROW_COUNT;
        p_limit := p_limit - n;
        EXIT WHEN p_limit = 0;
        SELECT w.created_at, w.id INTO p_after, p_after_id FROM documents w
            WHERE (w.created_at, w.id) > (p_after, p_after_id) %2$s
            ORDER BY w.created_at, w.id OFFSET ahead - 1 LIMIT 1;
        EXIT WHEN NOT FOUND;
        ahead := 4 * ahead;
        looks := looks + 1;
        IF looks = 2 AND p_names IS NOT NULL AND NOT EXISTS (
                SELECT FROM document_permissions g WHERE g.principal = ANY(p_names) OFFSET 5000) THEN
            RETURN QUERY SELECT d.* FROM (
                    SELECT g.document_id AS id FROM document_permissions g
                    WHERE g.principal = ANY(p_names) AND (g.expires_at IS NULL OR g.expires_at > p_now)
                    UNION
                    SELECT c.id FROM corpus_permissions g CROSS JOIN LATERAL (
                        SELECT w.id FROM documents w
                        WHERE w.corpus_id = g.corpus_id AND (w.created_at, w.id) > (p_after, p_after_id)
                            AND (p_path IS NULL
                            OR jsonb_path_match(nexus_attributes(w), (SELECT p_path::jsonpath), p_vars, true))
                        ORDER BY w.created_at, w.id LIMIT p_limit) c
                    WHERE g.principal = ANY(p_names) AND (g.expires_at IS NULL OR g.expires_at > p_now)
                        AND (p_corpus IS NULL OR g.corpus_id = p_corpus)) granted
                CROSS JOIN LATERAL (SELECT * FROM documents w WHERE w.id = granted.id OFFSET 0) d
                WHERE (d.created_at, d.id) > (p_after, p_after_id) AND (p_corpus IS NULL OR d.corpus_id = p_corpus)
                    AND (p_path IS NULL
                    OR jsonb_path_match(nexus_attributes(ROW(d.*)::documents), (SELECT p_path::jsonpath), p_vars, true))
                ORDER BY d.created_at, d.id LIMIT p_limit;
            EXIT;
        END IF;
    END LOOP;
END
$$$page$;
BEGIN
    EXECUTE format(page, 'nexus_documents_page', '');
    EXECUTE format(page, 'nexus_corpus_documents_page', 'AND w.corpus_id = p_corpus');
END
$make$;
