-- Where in an archive an import is, and which archive that was: names may come twice, and files may be replaced meanwhile.
ALTER TABLE imports
    ADD COLUMN member  bigint CHECK (member > 0),
    ADD COLUMN archive text,
    -- Files that differ from the document of their name, which stays as it is.
    ADD COLUMN differing bigint NOT NULL DEFAULT 0;
