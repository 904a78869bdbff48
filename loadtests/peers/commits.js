// Two ways to put a message on disk before its ack.
const { Client, Pool } = require("pg");

const NEXT_SEQ = "UPDATE rooms SET seq = seq + 1 WHERE id = $1 RETURNING seq";
const INSERT = `
INSERT INTO messages (id, room_id, seq, sender_id, client_id, content, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`;

// Rooms are locked in order of their ids, and each gets a stretch of seqs at once.
const INSERT_MANY = `
WITH sent AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[])
    WITH ORDINALITY AS m (id, room_id, sender_id, client_id, content, created_at, place)
), counted AS (
  SELECT room_id, count(*) AS messages FROM sent GROUP BY room_id
), locked AS (
  SELECT id FROM rooms WHERE id IN (SELECT room_id FROM counted) ORDER BY id FOR UPDATE
), moved AS (
  UPDATE rooms r SET seq = r.seq + c.messages FROM counted c
  WHERE r.id = c.room_id AND r.id IN (SELECT id FROM locked)
  RETURNING r.id, r.seq - c.messages AS before
)
INSERT INTO messages (id, room_id, seq, sender_id, client_id, content, created_at)
SELECT s.id, s.room_id, m.before + row_number() OVER (PARTITION BY s.room_id ORDER BY s.place),
       s.sender_id, s.client_id, s.content, s.created_at
FROM sent s JOIN moved m ON m.id = s.room_id
RETURNING id, seq`;

/** One transaction a message, on a pool of ten: BEGIN, UPDATE seq, INSERT, COMMIT. */
function transactions(connectionString) {
  const pool = new Pool({ connectionString, max: 10 });
  return async (message) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const { rows } = await client.query({
        name: "next",
        text: NEXT_SEQ,
        values: [message.room_id],
      });
      const seq = Number(rows[0].seq);
      const { id, room_id, sender_id, client_id, content, created_at } = message;
      const values = [id, room_id, seq, sender_id, client_id, content, created_at];
      await client.query({ name: "insert", text: INSERT, values });
      await client.query("COMMIT");
      return seq;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  };
}

/** Group commit: what arrives while a statement is under way goes into the next one. */
function groups(connectionString) {
  const client = new Client({ connectionString });
  const connected = client.connect();
  let waiting = [];
  let running = false;

  async function run() {
    running = true;
    await connected;
    while (waiting.length) {
      const batch = waiting;
      waiting = [];
      const column = (name) => batch.map(({ message }) => message[name]);
      const names = ["id", "room_id", "sender_id", "client_id", "content", "created_at"];
      try {
        const query = { name: "many", text: INSERT_MANY, values: names.map(column) };
        const { rows } = await client.query(query);
        const seqs = new Map(rows.map((row) => [row.id, Number(row.seq)]));
        for (const { message, resolve } of batch) resolve(seqs.get(message.id));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
  }

  return (message) =>
    new Promise((resolve, reject) => {
      waiting.push({ message, resolve, reject });
      if (!running) run();
    });
}

module.exports = { transactions, groups };
