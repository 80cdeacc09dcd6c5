-- Files: where in its file a passage stands, and what was noted when a file was read.

-- `{"page": 3, "turns": [{"at": 2210, "page": 4}]}`: the place where the passage begins, and the places that begin inside of
-- it, at offsets into document_texts.content. Null for files that have no places.
ALTER TABLE chunks ADD COLUMN location jsonb;

-- What the client called the file, where its content is something else.
ALTER TABLE documents ADD COLUMN declared_type text;
-- Sentences about what could not be read of the file when it was read last.
ALTER TABLE documents ADD COLUMN ingest_notes text[] NOT NULL DEFAULT '{}';
