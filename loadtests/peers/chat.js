// Peer for durable chat: node chat.js PORT transactions|groups, with DATABASE_URL and REDIS_URL.
const { randomUUID } = require("node:crypto");
const commits = require("./commits.js");
const { openServer, listen } = require("./server.js");

async function main() {
  const [port, way] = process.argv.slice(2);
  const commit = commits[way](process.env.DATABASE_URL);
  const { io, server } = await openServer(process.env.REDIS_URL);
  io.on("connection", (socket) => {
    const sender_id = randomUUID();
    socket.on("stream:subscribe", ({ stream }, ack) => {
      socket.join(stream);
      ack({ ok: true, data: { seq: 0 } });
    });
    socket.on("message:create", async ({ room_id, client_id, content }, ack) => {
      const created_at = new Date().toISOString();
      const message = { id: randomUUID(), room_id, sender_id, client_id, content, created_at };
      try {
        const seq = await commit(message);
        const stream = `room:${room_id}`;
        io.to(stream).emit("message:created", { stream, seq, data: { ...message, seq } });
        ack({ ok: true, data: { id: message.id, created_at }, seq });
      } catch (error) {
        ack({ ok: false, error: { code: "INTERNAL", message: String(error) } });
      }
    });
  });
  listen(server, Number(port));
}

main();
