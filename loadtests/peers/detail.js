// Peer for one REST address: node detail.js PORT, on the hub's own table (DATABASE_URL).
const http = require("node:http");
const { Pool } = require("pg");

const DETAIL = "SELECT * FROM tracks WHERE id = $1 AND is_public AND deleted_at IS NULL";

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

async function answer(request, response) {
  const id = request.url.split("/").at(-1);
  const { rows } = await pool.query({ name: "detail", text: DETAIL, values: [id] });
  const body = JSON.stringify({ success: rows.length > 0, data: { track: rows[0] } });
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
  };
  response.writeHead(rows.length ? 200 : 404, headers).end(body);
}

const server = http.createServer((request, response) => {
  answer(request, response).catch(() => response.writeHead(500).end());
});
server.keepAliveTimeout = 75_000;
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("up"));
