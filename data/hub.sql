-- What `agir hub init` makes in a PostgreSQL database (14 or later): one table of segments that
-- only grows, who may write which stream, who is given which part. Bodies are sealed: nothing
-- here says who anybody is, nor of which department a part is (a pseudonym).

CREATE SCHEMA agir;

CREATE TABLE agir.hub (version integer NOT NULL);
INSERT INTO agir.hub VALUES (1);

-- `parts`: the pseudonyms of the departments that are given to the role; none: every part.
CREATE TABLE agir.members (
    role name PRIMARY KEY,
    site text NOT NULL UNIQUE CHECK (site ~ '^[A-Z]{1,3}$'),
    parts text[]
);

CREATE TABLE agir.streams (
    site text PRIMARY KEY,
    last bigint NOT NULL,
    day date NOT NULL
);

CREATE TABLE agir.segments (
    site text NOT NULL,
    first bigint NOT NULL CHECK (first > 0),
    place smallint NOT NULL CHECK (place >= 0),
    last bigint NOT NULL,
    day date NOT NULL,
    part text NOT NULL,
    body bytea NOT NULL CHECK (length(body) <= 33554432),
    CHECK (last >= first),
    CHECK ((place = 0) = (part = '')),
    PRIMARY KEY (site, first, place)
);
ALTER TABLE agir.segments ALTER body SET STORAGE EXTERNAL;

CREATE TABLE agir.letters (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    box text NOT NULL CHECK (length(box) <= 80),
    name text NOT NULL CHECK (length(name) <= 80),
    body bytea NOT NULL CHECK (length(body) <= 16777216)
);
CREATE INDEX letters_of_box ON agir.letters (box);

-- Who asks: the role that opened the session, whatever it becomes in it.
CREATE FUNCTION agir.own_site() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = agir, pg_temp
    AS $$ SELECT site FROM agir.members WHERE role = session_user $$;
CREATE FUNCTION agir.own_parts() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = agir, pg_temp
    AS $$ SELECT parts || ''::text FROM agir.members WHERE role = session_user $$;
CREATE FUNCTION agir.reads_every_part() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = agir, pg_temp
    AS $$ SELECT parts IS NULL FROM agir.members WHERE role = session_user $$;

-- A stream that no role writes any more: another site may send again what was in it.
CREATE FUNCTION agir.is_nobodys(stream text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = agir, pg_temp
    AS $$ SELECT EXISTS (SELECT FROM members WHERE role = session_user)
        AND NOT EXISTS (SELECT FROM members WHERE site = rtrim(stream, '~')) $$;

-- A segment follows the one before it, without a hole; two at once: the second waits, and fails.
CREATE FUNCTION agir.segment_follows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = agir, pg_temp
    AS $$
BEGIN
    IF NEW.place > 0 THEN
        RETURN NEW;
    END IF;
    UPDATE agir.streams SET last = NEW.last, day = NEW.day
        WHERE site = NEW.site AND last = NEW.first - 1;
    IF NOT FOUND THEN
        IF NEW.first > 1 THEN
            RAISE EXCEPTION 'a segment that does not follow' USING ERRCODE = 'AG001';
        END IF;
        INSERT INTO agir.streams VALUES (NEW.site, NEW.last, NEW.day);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER segments_follow BEFORE INSERT ON agir.segments
    FOR EACH ROW EXECUTE FUNCTION agir.segment_follows();

CREATE FUNCTION agir.never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is kept here is append-only' USING ERRCODE = 'AG002';
END
$$;
CREATE TRIGGER segments_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON agir.segments
    FOR EACH STATEMENT EXECUTE FUNCTION agir.never();

ALTER TABLE agir.segments ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_stream ON agir.segments FOR INSERT
    WITH CHECK (site IN ((SELECT agir.own_site()), (SELECT agir.own_site()) || '~')
                OR agir.is_nobodys(site));
CREATE POLICY own_parts ON agir.segments FOR SELECT
    USING ((SELECT agir.reads_every_part()) OR part = ANY ((SELECT agir.own_parts())::text[]));
