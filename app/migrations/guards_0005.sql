-- Activities in the order of their recording: what a subscription tells next, and the newest that a poll looks for.

CREATE INDEX activity_recorded ON activity (member_id, id);
