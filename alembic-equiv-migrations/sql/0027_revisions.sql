-- What a search of a corpus shows, and who may see it, as two numbers: whoever holds a corpus in memory asks for them before each
-- search, and reads again what they say has changed. A revision names the transaction of the last change, so that one that
-- changes much moves it once, and the row of the corpus is locked at its end, as ingestion does.

ALTER TABLE corpora ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE corpora ADD COLUMN grants_revision bigint NOT NULL DEFAULT 0;

-- The name of this transaction. Its number alone would be given again where a standby takes over that never saw the last ones.
CREATE FUNCTION nexus_this_change() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$ SELECT hashtextextended(pg_current_xact_id()::text, (extract(epoch FROM now()) * 1000000)::bigint) $$;

-- A corpus that is made again under the id of another is not taken for it.
ALTER TABLE corpora ALTER COLUMN revision SET DEFAULT nexus_this_change(),
    ALTER COLUMN grants_revision SET DEFAULT nexus_this_change();

-- Passages never come or go without their number.
CREATE FUNCTION nexus_counted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.revision := nexus_this_change();
    RETURN NEW;
END
$$;
CREATE TRIGGER corpora_counted BEFORE UPDATE OF chunk_count, term_count ON corpora
    FOR EACH ROW EXECUTE FUNCTION nexus_counted();

-- At the end of a transaction it may act for another tenant than it did when the row changed.
CREATE FUNCTION nexus_revise(p_tenant text, p_corpus text, of_grants boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    acting text := current_setting('nexus.tenant', true);
    this bigint := nexus_this_change();
BEGIN
    PERFORM set_config('nexus.tenant', p_tenant, true);
    IF of_grants THEN
        UPDATE corpora SET grants_revision = this
            WHERE tenant_id = p_tenant AND id = p_corpus AND grants_revision <> this;
    ELSE
        UPDATE corpora SET revision = this WHERE tenant_id = p_tenant AND id = p_corpus AND revision <> this;
    END IF;
    PERFORM set_config('nexus.tenant', coalesce(acting, ''), true);
END
$$;

CREATE FUNCTION nexus_document_revised() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM nexus_revise(OLD.tenant_id, OLD.corpus_id, false);
    RETURN NULL;
END
$$;
-- A document without passages is in no search.
CREATE CONSTRAINT TRIGGER documents_revised
    AFTER UPDATE OF title, filename, content_type, metadata_json, labels_json, status ON documents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.num_chunks IS NOT NULL AND (OLD.title, OLD.filename, OLD.content_type, OLD.metadata_json, OLD.labels_json, OLD.status)
        IS DISTINCT FROM (NEW.title, NEW.filename, NEW.content_type, NEW.metadata_json, NEW.labels_json, NEW.status))
    EXECUTE FUNCTION nexus_document_revised();
CREATE CONSTRAINT TRIGGER documents_gone AFTER DELETE ON documents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.num_chunks IS NOT NULL)
    EXECUTE FUNCTION nexus_document_revised();

CREATE FUNCTION nexus_document_grant_revised() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    changed document_permissions;
    of_corpus text;
    acting text := current_setting('nexus.tenant', true);
BEGIN
    IF TG_OP = 'DELETE' THEN
        changed := OLD;
    ELSE
        changed := NEW;
    END IF;
    PERFORM set_config('nexus.tenant', changed.tenant_id, true);
    -- Also where it has no passages yet: they may come at this moment, in a transaction that does not see this grant.
    SELECT corpus_id INTO of_corpus FROM documents WHERE tenant_id = changed.tenant_id AND id = changed.document_id;
    PERFORM set_config('nexus.tenant', coalesce(acting, ''), true);
    IF of_corpus IS NOT NULL THEN
        PERFORM nexus_revise(changed.tenant_id, of_corpus, true);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER document_permissions_revised AFTER INSERT OR UPDATE OR DELETE ON document_permissions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nexus_document_grant_revised();

CREATE FUNCTION nexus_corpus_grant_revised() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM nexus_revise(OLD.tenant_id, OLD.corpus_id, true);
    ELSE
        PERFORM nexus_revise(NEW.tenant_id, NEW.corpus_id, true);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER corpus_permissions_revised AFTER INSERT OR UPDATE OR DELETE ON corpus_permissions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nexus_corpus_grant_revised();

-- The revisions of many corpora in one statement, which is a transaction of its own; a corpus that is not there has none. Each is
-- read inside its tenant, so that row-level security holds as everywhere.
CREATE FUNCTION nexus_revisions(asked jsonb) RETURNS TABLE (entry_number int, of_content bigint, of_grants bigint)
    LANGUAGE plpgsql
    AS $$
DECLARE
    e record;
BEGIN
    FOR e IN SELECT * FROM jsonb_to_recordset(asked) AS x (number int, tenant text, corpus text) LOOP
        PERFORM set_config('nexus.tenant', e.tenant, true);
        RETURN QUERY SELECT e.number, c.revision, c.grants_revision FROM corpora c
            WHERE c.tenant_id = e.tenant AND c.id = e.corpus;
    END LOOP;
END
$$;
