-- depends: 0013_hot_path
-- Each time a timer is set it is another one, also when its key and its time are those of one that
-- has run: the id is the op_id under which its command is committed, once. (An op_id made of room,
-- key and time took a track's end, set anew within the millisecond of the last one, for a repeat,
-- and the timer was forgotten without its command.)

ALTER TABLE timers ADD COLUMN id UUID NOT NULL DEFAULT uuidv7();
