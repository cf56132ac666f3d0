-- The archive. It inherits from the tables of the living lines, so whoever reads `entry` or `move` reads the archived
-- ones as well, a column or check that they get it gets too, and only what wants the living ones alone says ONLY.
--
-- It has no foreign keys but its own: taking a line in must lock no row that anybody else writes. What it points to is
-- never deleted, as triggers say.

CREATE TABLE archived_entry (PRIMARY KEY (id)) INHERITS (entry);
CREATE UNIQUE INDEX archived_entry_version ON archived_entry (member_id, version);
CREATE INDEX archived_entry_instant ON archived_entry (member_id, at, version);
CREATE INDEX archived_entry_operation ON archived_entry (operation_id);
CREATE INDEX archived_entry_of_reservation ON archived_entry (reservation_id) WHERE reservation_id IS NOT NULL;
CREATE INDEX archived_entry_of_coupon ON archived_entry (coupon_id) WHERE coupon_id IS NOT NULL;
CREATE INDEX archived_entry_of_activity ON archived_entry (activity_id) WHERE activity_id IS NOT NULL;

CREATE TABLE archived_move (
  PRIMARY KEY (id),
  CONSTRAINT archived_move_entry FOREIGN KEY (entry_id) REFERENCES archived_entry (id)
) INHERITS (move);
CREATE UNIQUE INDEX archived_move_of_entry ON archived_move (entry_id, lot_id);
CREATE INDEX archived_move_lot ON archived_move (lot_id, entry_id);

CREATE TRIGGER coupon_kept BEFORE DELETE OR TRUNCATE ON coupon EXECUTE FUNCTION append_only();
CREATE TRIGGER reservation_kept BEFORE DELETE OR TRUNCATE ON reservation EXECUTE FUNCTION append_only();

-- What comes into the archive is what stands in the ledger, byte for byte ...
CREATE FUNCTION archive_takes_copies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE another boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM came LEFT JOIN ONLY %I living ON living.id = came.id AND living *= came
    WHERE living.id IS NULL)', TG_ARGV[0]) INTO another;
  IF another THEN
    RAISE EXCEPTION '% takes only what stands in %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER archived_entry_copied AFTER INSERT ON archived_entry REFERENCING NEW TABLE AS came
  EXECUTE FUNCTION archive_takes_copies('entry');
CREATE TRIGGER archived_move_copied AFTER INSERT ON archived_move REFERENCING NEW TABLE AS came
  EXECUTE FUNCTION archive_takes_copies('move');

-- ... only that leaves the ledger ...
DROP TRIGGER entry_append_only ON entry;
DROP TRIGGER move_append_only ON move;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR TRUNCATE ON entry EXECUTE FUNCTION append_only();
CREATE TRIGGER move_append_only BEFORE UPDATE OR TRUNCATE ON move EXECUTE FUNCTION append_only();
CREATE FUNCTION leaves_for_archive() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lost boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM gone LEFT JOIN %I archived ON archived.id = gone.id AND archived *= gone
    WHERE archived.id IS NULL)', TG_ARGV[0]) INTO lost;
  IF lost THEN
    RAISE EXCEPTION '% is append-only but for what stands in %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_leaves AFTER DELETE ON entry REFERENCING OLD TABLE AS gone
  EXECUTE FUNCTION leaves_for_archive('archived_entry');
CREATE TRIGGER move_leaves AFTER DELETE ON move REFERENCING OLD TABLE AS gone
  EXECUTE FUNCTION leaves_for_archive('archived_move');

-- ... and it does leave, so that a line stands in one of both once its transaction has committed. Its moves follow it:
-- neither table lets a line go, or have one come, without them.
CREATE FUNCTION archived_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM ONLY entry WHERE id = NEW.id) THEN
    RAISE EXCEPTION 'archived entry % stands in the ledger as well', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER archived_entry_once AFTER INSERT ON archived_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION archived_once();
CREATE TRIGGER archived_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_entry EXECUTE FUNCTION append_only();
CREATE TRIGGER archived_move_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_move EXECUTE FUNCTION append_only();

-- A member's lines leave oldest first, and the last one stays: the next one and the account follow from it.
CREATE FUNCTION oldest_leave_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT member_id, max(version) AS version FROM gone GROUP BY member_id) g
    WHERE EXISTS (SELECT FROM ONLY entry e WHERE e.member_id = g.member_id AND e.version < g.version)
      OR NOT EXISTS (SELECT FROM ONLY entry e WHERE e.member_id = g.member_id AND e.version > g.version))
  THEN
    RAISE EXCEPTION 'lines leave oldest first, and the last one stays' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_leaves_in_order AFTER DELETE ON entry REFERENCING OLD TABLE AS gone
  EXECUTE FUNCTION oldest_leave_first();

-- The chain and the account follow from the living lines alone: neither may cost more because there is an archive. Only
-- a first line looks there, so that none begins a second chain.
CREATE OR REPLACE FUNCTION entry_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last entry%ROWTYPE;
BEGIN
  IF NEW.version = 1 THEN
    IF EXISTS (SELECT FROM archived_entry WHERE member_id = NEW.member_id) THEN
      RAISE EXCEPTION 'entry 1 of member % is archived', NEW.member_id USING ERRCODE = 'check_violation';
    END IF;
    last.pending_after := 0; last.available_after := 0; last.reserved_after := 0; last.debt_after := 0;
    last.at := '-infinity'; last.hash := ''::bytea;
  ELSE
    SELECT * INTO last FROM ONLY entry WHERE member_id = NEW.member_id AND version = NEW.version - 1;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'entry % of member % has no predecessor', NEW.version, NEW.member_id USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.at < last.at
    OR NEW.pending_after <> last.pending_after + NEW.points * ((NEW.target = 'PENDING')::int - (NEW.source = 'PENDING')::int)
    OR NEW.available_after <> last.available_after + NEW.points * ((NEW.target = 'AVAILABLE')::int - (NEW.source = 'AVAILABLE')::int)
    OR NEW.reserved_after <> last.reserved_after + NEW.points * ((NEW.target = 'RESERVED')::int - (NEW.source = 'RESERVED')::int)
    OR NEW.debt_after <> last.debt_after - NEW.points * ((NEW.target = 'DEBT')::int - (NEW.source = 'DEBT')::int)
  THEN
    RAISE EXCEPTION 'entry % of member % does not follow from the one before it', NEW.version, NEW.member_id USING ERRCODE = 'check_violation';
  END IF;
  NEW.hash := sha256(last.hash || convert_to(entry_text(NEW), 'UTF8'));
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION account_follows_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM account a
    LEFT JOIN LATERAL (SELECT * FROM ONLY entry WHERE member_id = a.member_id ORDER BY version DESC LIMIT 1) e ON true
    WHERE a.member_id = NEW.member_id
      AND (a.version, a.pending, a.available, a.reserved, a.debt)
        = (coalesce(e.version, 0), coalesce(e.pending_after, 0), coalesce(e.available_after, 0), coalesce(e.reserved_after, 0), coalesce(e.debt_after, 0));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'account % does not follow from its entries', NEW.member_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
