-- Statements that are their own transaction.

-- Undoes the statement that asks for it unless all that it depends on was still as it was read. Whoever sent it reads
-- again: hence the error of a lost race.
CREATE FUNCTION only_if(sound boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF sound IS NOT TRUE THEN
    RAISE EXCEPTION 'something is no longer as it was read' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN true;
END $$;
