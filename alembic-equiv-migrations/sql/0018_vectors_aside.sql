-- Putting a vector into an index takes longer than everything else that a chunk costs, and a corpus of few chunks is compared
-- one by one anyway. So its vectors stay outside of the index until the corpus has grown; a search through the index compares
-- with those outside of it as well, so that this column changes nothing but times. True where the release before wrote the
-- row, and its searches compare one by one where they find no index that holds every row.
ALTER TABLE chunks ADD COLUMN indexed boolean NOT NULL DEFAULT true;
DROP INDEX chunks_hnsw_384, chunks_hnsw_768, chunks_hnsw_1024, chunks_hnsw_1536, chunks_hnsw_3072;
CREATE INDEX chunks_hnsw_384 ON chunks USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)
    WHERE dimension = 384 AND indexed;
CREATE INDEX chunks_hnsw_768 ON chunks USING hnsw ((embedding::halfvec(768)) halfvec_cosine_ops)
    WHERE dimension = 768 AND indexed;
CREATE INDEX chunks_hnsw_1024 ON chunks USING hnsw ((embedding::halfvec(1024)) halfvec_cosine_ops)
    WHERE dimension = 1024 AND indexed;
CREATE INDEX chunks_hnsw_1536 ON chunks USING hnsw ((embedding::halfvec(1536)) halfvec_cosine_ops)
    WHERE dimension = 1536 AND indexed;
CREATE INDEX chunks_hnsw_3072 ON chunks USING hnsw ((embedding::halfvec(3072)) halfvec_cosine_ops)
    WHERE dimension = 3072 AND indexed;
CREATE INDEX chunks_aside ON chunks (tenant_id, corpus_id) WHERE NOT indexed;

-- A foreign key asks for the chunk of every posting, which took as long as writing the posting. Postings are written in the
-- transaction of their chunk, so that there is nothing to ask; and they go with it, in the statement that takes it away,
-- whoever takes it away.
ALTER TABLE postings DROP CONSTRAINT postings_tenant_id_chunk_id_fkey;
CREATE FUNCTION nexus_chunks_deleted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    tenant text;
BEGIN
    -- With a list of ids the index on them is used, however many there are.
    FOR tenant IN SELECT DISTINCT tenant_id FROM gone LOOP
        DELETE FROM postings
            WHERE tenant_id = tenant AND chunk_id = ANY (ARRAY (SELECT id FROM gone WHERE tenant_id = tenant));
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER chunks_deleted AFTER DELETE ON chunks
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION nexus_chunks_deleted();
