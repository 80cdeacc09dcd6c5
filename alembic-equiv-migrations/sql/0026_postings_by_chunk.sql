-- Without statistics, which a table has only after a while, this index looked as good for a posting of a term in a chunk as
-- the key, and read all terms of the chunk instead: a search took twenty times as long. As an index of an expression it
-- serves who names the expression, and nobody else: the statement that deletes.
DROP INDEX postings_chunk;
CREATE INDEX postings_of_chunk ON postings ((-chunk_id));
CREATE OR REPLACE FUNCTION nexus_chunks_deleted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    tenant text;
BEGIN
    -- With a list of ids the index on them is used, however many there are.
    FOR tenant IN SELECT DISTINCT tenant_id FROM gone LOOP
        DELETE FROM postings
            WHERE tenant_id = tenant AND -chunk_id = ANY (ARRAY (SELECT -id FROM gone WHERE tenant_id = tenant));
    END LOOP;
    RETURN NULL;
END
$$;
