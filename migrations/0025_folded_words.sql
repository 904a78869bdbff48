-- depends: 0024_guests_of_links
-- Search folds accents: cafe finds café, and the other way round. Letters lose their marks as
-- Unicode takes them apart (NFKD); plain ASCII costs a comparison. What is looked for goes through
-- the same function, so the index stays one of whole words.

CREATE FUNCTION search_text(said TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE
    WHEN octet_length(said) = char_length(said) THEN said
    ELSE normalize(
        regexp_replace(
            translate(normalize(lower(said), NFKD), 'øłđıħ', 'oldih'), '[\u0300-\u036f]', '', 'g'),
        NFC)
END;

CREATE FUNCTION search_words(said TEXT) RETURNS TSVECTOR
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('simple', coalesce(search_text(said), ''));

CREATE OR REPLACE FUNCTION set_message_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.content_tsv := search_words(NEW.content);
    RETURN NEW;
END
$$;

UPDATE messages SET content_tsv = search_words(content)
WHERE content_tsv IS NOT NULL AND octet_length(content) <> char_length(content);
